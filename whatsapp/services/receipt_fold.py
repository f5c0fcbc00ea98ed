"""What one status changes on a message in memory. Any order of statuses ends in the same state."""

from __future__ import annotations

from whatsapp.domain.lifecycle import MessageStatus, advance
from whatsapp.domain.updates import StatusUpdate
from whatsapp.models import Message
from whatsapp.services.receipt_matching import Match

# Everything a status may change
COLUMNS = {
    "external_message_id": "text",
    "delivery_status": "text",
    "sent_at": "timestamptz",
    "delivered_at": "timestamptz",
    "read_at": "timestamptz",
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


def values(message: Message) -> tuple[object, ...]:
    """The columns a status may change, as they are now."""
    return tuple(getattr(message, name) for name in COLUMNS)


def concerns_the_past(message: Message, status: MessageStatus, *, found: Match) -> bool:
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


def take_in(message: Message, update: StatusUpdate, status: MessageStatus, *, adopt: bool) -> bool:
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
    if moved or not message.pricing_category:
        message.pricing_category = update.pricing_category or message.pricing_category
        message.pricing_type = update.pricing_type or message.pricing_type
    return values(message) != before


def _retract_our_verdict(message: Message) -> bool:
    """Forget the failure that we decided ourselves: any word from Meta proves that it left."""
    if message.status is not MessageStatus.FAILED or message.external_message_id is not None:
        return False
    message.failed_at, message.error_code, message.error_text = None, None, ""
    return True


def _note_time(message: Message, name: str, update: StatusUpdate) -> None:
    known = getattr(message, name)
    setattr(message, name, min(known or update.happened_at, update.happened_at))


def _note_error(message: Message, update: StatusUpdate) -> None:
    """Keep the earliest failure, beside whatever the message reached."""
    news = (update.happened_at, update.error_code or 0)
    if message.failed_at is None or news < (message.failed_at, message.error_code or 0):
        message.failed_at, message.error_code = update.happened_at, update.error_code
        message.error_text = update.error_text[:500]
