"""What became of a message of ours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.updates import StatusUpdate
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway.people import number_of
from whatsapp.gateway.reading import first, integer, moment, record, text

_STATUSES: Mapping[str, MessageStatus] = MappingProxyType(
    {
        "sent": MessageStatus.SENT,
        "delivered": MessageStatus.DELIVERED,
        "read": MessageStatus.READ,
        "played": MessageStatus.READ,  # a voice message that was heard
        "failed": MessageStatus.FAILED,
    }
)
_LARGEST_CODE = 2**31 - 1  # the column's
_LONGEST_REASON = 500
_LONGEST_PRICING = 64


def parse(item: dict[str, Any]) -> StatusUpdate:
    """Read a status; raises WebhookProcessingError without an id or a time.

    Phones may be missing, null or empty. ``deleted`` and words that Meta will invent: status None.
    """
    value = record(item.get("value"))
    status = first(value.get("statuses"))
    wamid = text(status.get("id"))
    happened_at = moment(status.get("timestamp"), record(item.get("entry")).get("time"))
    if not wamid or happened_at is None:
        raise WebhookProcessingError("The status has no id or no time.")
    wa_id, bsuid = _recipient(status, contact=first(value.get("contacts")))
    error = first(status.get("errors"))
    pricing = record(status.get("pricing"))
    return StatusUpdate(
        wamid=wamid,
        phone_number_id=number_of(value),
        status=_STATUSES.get(text(status.get("status"))),
        raw_status=text(status.get("status")),
        happened_at=happened_at,
        callback_data=text(status.get("biz_opaque_callback_data")),
        recipient_wa_id=wa_id,
        recipient_bsuid=bsuid,
        error_code=_code(error),
        error_text=_reason(error),
        pricing_category=text(pricing.get("category"))[:_LONGEST_PRICING],
        pricing_type=text(pricing.get("type"))[:_LONGEST_PRICING],
    )


def _recipient(status: dict[str, Any], *, contact: dict[str, Any]) -> tuple[str, str]:
    """The wa_id and BSUID; of a group's message, those of the participant it speaks of."""
    role = "recipient_participant" if status.get("recipient_type") == "group" else "recipient"
    return (
        text(status.get(f"{role}_id")) or text(contact.get("wa_id")),
        text(status.get(f"{role}_user_id")) or text(contact.get("user_id")),
    )


def _code(error: dict[str, Any]) -> int | None:
    code = integer(error.get("code"))
    return code if code is None or 0 <= code <= _LARGEST_CODE else None


def _reason(error: dict[str, Any]) -> str:
    title = text(error.get("title")) or text(error.get("message"))
    details = text(record(error.get("error_data")).get("details"))
    parts = (title, details if details != title else "")
    return ": ".join(filter(None, parts))[:_LONGEST_REASON]
