"""Attempts that Meta took beside another of the same message: kept, and told when both arrived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.models import MessageAttempt
from whatsapp.models.attempt import DOUBLED, FAILED, SURPRISE
from whatsapp.ports import StaffNotice
from whatsapp.wiring import staff_notifier

_OUTCOMES: Mapping[MessageStatus, str] = {
    MessageStatus.SENT: SURPRISE,
    MessageStatus.FAILED: FAILED,
    MessageStatus.DELIVERED: DOUBLED,
    MessageStatus.READ: DOUBLED,
}
# The highest wins, so that statuses in any order end in the same row
_RANK: Mapping[str, int] = {SURPRISE: 1, FAILED: 2, DOUBLED: 3}
_SHOWN = 5  # messages named in a notice


@dataclass(frozen=True, kw_only=True, slots=True)
class Second:
    """A status of an attempt that is not the one whose wamid the message has."""

    message_id: int
    attempt: int
    wamid: str
    status: MessageStatus

    @property
    def key(self) -> tuple[int, int]:
        return self.message_id, self.attempt


def note(*, seconds: Sequence[Second]) -> None:
    """Keep the wamids and how far they came; what the sender wrote of the attempts stays.

    The caller holds the locks of the messages. Staff are told once of each that arrived.
    """
    if not seconds:
        return
    rows = MessageAttempt.objects.filter(message_id__in={each.message_id for each in seconds})
    known = {(row.message_id, row.attempt): row.outcome for row in rows}
    noted = {each.key: _row(each, outcome=known.get(each.key, "")) for each in _by_rank(seconds)}
    MessageAttempt.objects.bulk_create(
        [noted[key] for key in sorted(noted)],
        update_conflicts=True,
        unique_fields=["message", "attempt"],
        update_fields=["wamid", "outcome"],
    )
    arrived = {key[0] for key, row in noted.items() if row.outcome == DOUBLED != known.get(key)}
    if arrived:
        _tell_staff(sorted(arrived))


def _by_rank(seconds: Iterable[Second]) -> list[Second]:
    return sorted(seconds, key=lambda each: _RANK[_OUTCOMES[each.status]])


def _row(second: Second, *, outcome: str) -> MessageAttempt:
    news = _OUTCOMES[second.status]
    return MessageAttempt(
        message_id=second.message_id,
        attempt=second.attempt,
        wamid=second.wamid,
        outcome=max(outcome, news, key=lambda each: _RANK.get(each, 0)),
    )


def _tell_staff(message_ids: Sequence[int]) -> None:
    shown = ", ".join(str(pk) for pk in message_ids[:_SHOWN])
    notice = StaffNotice(
        key="whatsapp-arrived-twice",
        subject=_("A WhatsApp message arrived twice"),
        body=_(
            "Meta's answer to an attempt was lost, so it was repeated, and the customer got both: "
            "%(messages)s. The admin lists them all among the messages, under 'Sent twice'."
        )
        % {"messages": shown if len(message_ids) <= _SHOWN else f"{shown} …"},
    )
    transaction.on_commit(lambda: staff_notifier().notify(notice), robust=True)
