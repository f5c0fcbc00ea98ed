"""The life of a message: one total order, and the highest status wins.

Statuses from Meta come late, twice and in any order, and may overtake our own record of the send;
because a move never goes down, every order of arrival ends in the same state. A voice message that
was played was read: Meta's ``played`` is READ here, and its time is kept apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class MessageStatus(StrEnum):
    """``delivery_status`` of what we send; received messages have none."""

    PENDING = "PENDING"
    CANCELLED = "CANCELLED"
    SENDING = "SENDING"
    UNCONFIRMED = "UNCONFIRMED"  # departed, and the answer was never seen
    SENT = "SENT"
    FAILED = "FAILED"
    DELIVERED = "DELIVERED"
    READ = "READ"


class Direction(StrEnum):
    """Who wrote the message: SENT by the shop, RECEIVED from the customer."""

    SENT = "SENT"
    RECEIVED = "RECEIVED"


RANK: Mapping[MessageStatus, int] = MappingProxyType(
    {
        MessageStatus.PENDING: 0,
        MessageStatus.CANCELLED: 0,
        MessageStatus.SENDING: 1,
        MessageStatus.UNCONFIRMED: 2,
        MessageStatus.SENT: 3,
        MessageStatus.FAILED: 4,
        MessageStatus.DELIVERED: 5,
        MessageStatus.READ: 6,
    }
)

FROM_META = frozenset(
    {MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.DELIVERED, MessageStatus.READ}
)


def advance(
    current: MessageStatus | None, new: MessageStatus, *, failed_by_us: bool = False
) -> MessageStatus:
    """Say the status after ``new`` was learnt: the higher of the two.

    ``failed_by_us`` tells that the current FAILED is our own verdict (expired, given up), not
    Meta's: it is a guess, and any status from Meta corrects it. A CANCELLED always is ours.
    """
    if current is None:
        return new
    if current is MessageStatus.CANCELLED:
        return new if new in FROM_META else current
    if current is MessageStatus.FAILED and failed_by_us:
        return new if new in FROM_META else current
    return new if RANK[new] > RANK[current] else current


def can_cancel(status: MessageStatus | None) -> bool:
    """Tell whether the message can still be called back: only while no sender holds it."""
    return status is MessageStatus.PENDING


def can_retry_by_hand(status: MessageStatus | None) -> bool:
    """Tell whether a person may send it again: failed, or its outcome stayed unknown."""
    return status in (MessageStatus.FAILED, MessageStatus.UNCONFIRMED)
