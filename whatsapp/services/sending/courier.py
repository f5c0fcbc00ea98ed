"""One HTTP call for one claimed row, in a thread of the crew; no row is touched here."""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import Protocol

from whatsapp.domain import content as contents
from whatsapp.domain.content import Outgoing, Recipient
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.errors import ValidationError, WhatsAppError
from whatsapp.models.outbox import OutboxKind
from whatsapp.ports import Accepted, Credentials, GatewayError
from whatsapp.services.outgoing.outbox import Claimed
from whatsapp.services.outgoing.sender_lease import Lease
from whatsapp.services.sending.verdicts import Outcome
from whatsapp.wiring import gateway

logger = logging.getLogger(__name__)


class TicketOffice(Protocol):
    """What a gate needs of the crew: its lease, and somebody to take the ticket back."""

    lease: Lease

    def hand_back(self, used_at: float) -> None: ...


class Gate:
    """The way out for one message: not before its slot, not after the deadline of the lease.

    It notes when the message left, after the bytes did: a pause in between can then only make the
    next departure later. ``ticket`` is the last use of the guard's ticket, handed back by ``back``.
    """

    def __init__(self, *, slot: float, ticket: float, crew: TicketOffice) -> None:
        self._slot, self._crew = slot, crew
        self._ticket: float | None = ticket
        self.departed_at: datetime | None = None
        self.left_at: float | None = None
        self.held_back = False

    def __call__(self) -> bool:
        now = time.monotonic()
        if now < self._slot:
            time.sleep(self._slot - now)
            now = time.monotonic()
        lease = self._crew.lease  # renewed, perhaps, while the line was opened
        if now >= lease.deadline:
            self.held_back = True
            return False
        self.departed_at = lease.at(now)
        return True

    def left(self) -> None:
        self.left_at = time.monotonic()
        self._return(self.left_at)

    def close(self) -> None:
        """Hand the ticket back if the message never left; after doubt as if it left just now."""
        if self._ticket is not None:
            unused = self.held_back or self.departed_at is None
            self._return(self._ticket if unused else time.monotonic())

    def _return(self, used_at: float) -> None:
        self._crew.hand_back(used_at)
        self._ticket = None


def carry(item: Claimed, *, credentials: Credentials, gate: Gate) -> Outcome:
    """Make the call and say how it ended; never raises, whatever happens."""
    accepted: Accepted | None = None
    failure: Failure | None = None
    try:
        accepted = _call(item, credentials=credentials, gate=gate)
    except GatewayError as error:
        failure = error.failure
    except WhatsAppError as error:  # the row cannot be said: no retry helps
        failure = Failure(failure_class=FailureClass.FATAL_MESSAGE, code=None, title=error.message)
    except Exception:  # a thread must survive everything
        logger.exception("sending broke", extra={"message_id": item.message_id})
        doubt = FailureClass.AMBIGUOUS if gate.departed_at else FailureClass.NOT_SENT
        failure = Failure(failure_class=doubt, code=None, title="Internal error while sending")
    return Outcome(item=item, departed_at=gate.departed_at, accepted=accepted, failure=failure)


def _call(item: Claimed, *, credentials: Credentials, gate: Gate) -> Accepted | None:
    if item.kind is not OutboxKind.MESSAGE:
        typing = item.kind is OutboxKind.TYPING
        gateway().mark_read(item.wamid, credentials=credentials, typing=typing, gate=gate)
        return None
    return gateway().send(_outgoing(item), credentials=credentials, gate=gate)


def _outgoing(item: Claimed) -> Outgoing:
    """Read the row; raises ValidationError for what no version of ours can have written."""
    try:
        content = contents.from_json(item.content or {})
    except (TypeError, KeyError, ValueError) as error:
        raise ValidationError(f"The message's content cannot be read: {error}") from error
    return Outgoing(
        recipient=Recipient(phone=item.phone, bsuid=item.bsuid),
        content=content,
        callback_data=item.callback_data,
        reply_to_wamid=item.reply_to_wamid,
    )
