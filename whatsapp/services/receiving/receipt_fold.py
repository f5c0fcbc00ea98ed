"""What one status changes on a message in memory. Any order of statuses ends in the same state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from whatsapp.domain.lifecycle import MessageStatus, advance
from whatsapp.domain.updates import StatusUpdate
from whatsapp.services.receiving.receipt_matching import Match

# Everything a status may change
COLUMNS = {
    "external_message_id": "text",
    "delivery_status": "text",
    "sent_at": "timestamptz",
    "delivered_at": "timestamptz",
    "read_at": "timestamptz",
    "played_at": "timestamptz",
    "failed_at": "timestamptz",
    "error_code": "int",
    "error_text": "text",
    "pricing_category": "text",
    "pricing_type": "text",
}
_TIMES = {
    MessageStatus.SENT: "sent_at",
    MessageStatus.DELIVERED: "delivered_at",
    MessageStatus.READ: "read_at",
}


PLAYED = "played"  # what Meta calls a voice message that was heard: READ, and a time of its own


@dataclass(slots=True)
class Standing:
    """A message of ours as it stands, under its row's lock; a row of the model costs ten times."""

    pk: int
    attempts: int
    number_id: int | None
    contact_id: int | None
    external_message_id: str | None
    delivery_status: str | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    played_at: datetime | None
    failed_at: datetime | None
    error_code: int | None
    error_text: str
    pricing_category: str
    pricing_type: str

    @property
    def status(self) -> MessageStatus | None:
        """None for the unknown words of an adopted table."""
        return _STATUSES.get(self.delivery_status or "")


_STATUSES = {status.value: status for status in MessageStatus}
values = attrgetter(*COLUMNS)  # the columns a status may change, as they are now


def concerns_the_past(message: Standing, status: MessageStatus, *, found: Match) -> bool:
    """Tell whether the status is about an attempt that was given up: the message left again, or
    is about to. Only that such an attempt arrived after all would be news.
    """
    if status in (MessageStatus.DELIVERED, MessageStatus.READ):
        return False
    if found.given_up:
        return True
    if status is not MessageStatus.FAILED or not message.attempts:
        return False
    waits_again = message.status is MessageStatus.PENDING
    return waits_again or (found.attempt is not None and found.attempt < message.attempts)


def take_in(message: Standing, update: StatusUpdate, status: MessageStatus, *, adopt: bool) -> bool:
    """Change the message as far as the status is news; tell whether it was.

    ``adopt`` lets it take the status's wamid, if it has none.
    """
    before = values(message)
    failed_by_us = _retract_our_verdict(message)
    if adopt and message.external_message_id is None:
        message.external_message_id = update.wamid
    after = advance(message.status, status, failed_by_us=failed_by_us)
    moved = after.value != message.delivery_status
    message.delivery_status = after.value
    if status is MessageStatus.FAILED:
        _note_error(message, update)
    else:
        _note_time(message, _TIMES[status], update)
        if update.raw_status == PLAYED:
            _note_time(message, "played_at", update)
    if moved or not message.pricing_category:
        message.pricing_category = update.pricing_category or message.pricing_category
        message.pricing_type = update.pricing_type or message.pricing_type
    return values(message) != before


def _retract_our_verdict(message: Standing) -> bool:
    """Forget the failure that we decided ourselves: any word from Meta proves that it left."""
    if message.status is not MessageStatus.FAILED or message.external_message_id is not None:
        return False
    message.failed_at, message.error_code, message.error_text = None, None, ""
    return True


def _note_time(message: Standing, name: str, update: StatusUpdate) -> None:
    known = getattr(message, name)
    setattr(message, name, min(known or update.happened_at, update.happened_at))


def _note_error(message: Standing, update: StatusUpdate) -> None:
    """Keep the earliest failure, beside whatever the message reached."""
    news = (update.happened_at, update.error_code or 0)
    if message.failed_at is None or news < (message.failed_at, message.error_code or 0):
        message.failed_at, message.error_code = update.happened_at, update.error_code
        message.error_text = update.error_text[:500]
