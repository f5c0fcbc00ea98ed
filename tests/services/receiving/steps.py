"""What tests of the receiving road share: events processed, statuses as Meta tells them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from tests.factories import MessageFactory, OutboxItemFactory
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.updates import InboundMessage, Person, StatusUpdate
from whatsapp.models import Message, WebhookEvent
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services import inbox, receipts, webhook_events

T0 = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
APPLIED, STALE = EventOutcome.APPLIED, EventOutcome.STALE
SENT, DELIVERED, READ, FAILED = (
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
    MessageStatus.READ,
    MessageStatus.FAILED,
)


def process(*, now: datetime | None = None) -> int:
    """Everything that is due, as the task does it; returns how many were taken up."""
    moment = now or datetime.now(tz=UTC)
    total = 0
    while taken := webhook_events.process_due(now=moment):
        total += taken
    return total


def outcomes() -> dict[str, tuple[str, str]]:
    """Status and outcome of each event, by its key."""
    rows = WebhookEvent.objects.values_list("idempotency_key", "status", "outcome")
    return {key: (status, outcome) for key, status, outcome in rows}


def said(
    status: MessageStatus | None,
    *,
    wamid: str = "wamid.W",
    after: int = 0,
    message: Message | None = None,
    attempt: int = 1,
    **fields: Any,
) -> StatusUpdate:
    """A status Meta told ``after`` seconds; with ``message`` it carries our callback data."""
    return StatusUpdate(
        wamid=wamid,
        phone_number_id="555000000000001",
        status=status,
        raw_status=status.lower() if status else "pinned",
        happened_at=T0 + timedelta(seconds=after),
        callback_data=f"{message.uuid}:{attempt}" if message else "",
        **fields,
    )


def undeliverable(**fields: Any) -> StatusUpdate:
    return said(FAILED, error_code=131026, error_text="Message undeliverable", **fields)


def apply(*updates: StatusUpdate) -> list[EventOutcome | None]:
    return receipts.apply(updates=updates)


def departed(status: str, **fields: Any) -> Message:
    """A message in a sender's hands, or in doubt: no wamid yet, an outbox row."""
    message = MessageFactory(
        delivery_status=status, external_message_id=None, sent_at=None, **fields
    )
    state = {"SENDING": "CLAIMED"}.get(status, status)
    OutboxItemFactory(message=message, state=state)
    return message


ANA = Person(wa_id="40700000001", bsuid="RO.1", profile_name="Ana Ionescu")
_numbers = itertools.count(1)


def wrote(text: str = "Unde este comanda?", **fields) -> InboundMessage:
    given = {
        "wamid": f"wamid.IN{next(_numbers)}",
        "phone_number_id": "555000000000001",
        "person": ANA,
        "happened_at": timezone.now().replace(microsecond=0),
        "message_type": "TEXT",
        "content": {"type": "text", "text": {"body": text}},
    }
    return InboundMessage(text=text, **(given | fields))


def receive(update: InboundMessage, *, now: datetime | None = None) -> EventOutcome:
    return inbox.receive(updates=[update], now=now or timezone.now())[0]
