"""One HTTP call for one claimed row, in a thread of its own; no row is touched here."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime

from whatsapp.domain import content as contents
from whatsapp.domain.content import Outgoing, Recipient
from whatsapp.domain.pace import WindowGuard
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.errors import WhatsAppError
from whatsapp.models.outbox import OutboxKind
from whatsapp.ports import Accepted, Credentials, GatewayError
from whatsapp.services.outbox import Claimed
from whatsapp.services.outcomes import Outcome
from whatsapp.wiring import gateway

logger = logging.getLogger(__name__)


class Gate:
    """The last look before the bytes leave: may they, and if so, note that they did."""

    def __init__(
        self, *, guard: WindowGuard, lane: int, lock: threading.Condition, deadline: float
    ) -> None:
        self._guard, self._lane, self._lock, self._deadline = guard, lane, lock, deadline
        self.departed_at: datetime | None = None
        self.held_back = False

    def __call__(self) -> bool:
        now = time.monotonic()
        if now >= self._deadline:
            self.held_back = True
            return False
        with self._lock:
            self._guard.stamp(self._lane, now)
        self.departed_at = datetime.now(tz=UTC)
        return True


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
        if not gate():
            return None
        typing = item.kind is OutboxKind.TYPING
        gateway().mark_read(item.wamid, credentials=credentials, typing=typing)
        return None
    outgoing = Outgoing(
        recipient=Recipient(phone=item.phone, bsuid=item.bsuid),
        content=contents.from_json(item.content or {}),
        callback_data=item.callback_data,
        reply_to_wamid=item.reply_to_wamid,
    )
    return gateway().send(outgoing, credentials=credentials, may_depart=gate)
