"""The messages of a thread, read as plain values."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from whatsapp.api.pagination import Position, after, prepared_page
from whatsapp.api.plain_rows import Part, side_by_side
from whatsapp.models import Message

KEYSET = ("happened_at", "id")

_MEDIA = Part(("id", "message_id", "mime_type", "filename", "size", "state", "error"), way="media")
_MESSAGE = Part(
    (
        *("id", "uuid", "direction", "message_type", "delivery_status", "error_code", "error_text"),
        *("phone_number", "conversation_id", "contact_id", "number_id", "template_id"),
        *("reply_to_id", "waits_for", "message_text", "content", "customer_id", "user_id"),
        *("order_id", "quote_id", "supplier_order_id", "external_message_id", "attempts"),
        "happened_at",
    ),
    times=(
        *("created_at", "sent_at", "delivered_at", "read_at", "played_at", "failed_at"),
        *("send_at", "expires_at"),
    ),
    joined=("media",),
)
_ASKED = side_by_side(_MESSAGE, _MEDIA)


def of_thread(conversation_id: int) -> QuerySet[Message]:
    """Its messages, with what a row shows."""
    return Message.objects.thread(conversation_id).select_related("media")


def page(
    rows: QuerySet[Message], *, whole: int | None, limit: int, position: Position | None
) -> list[Any]:
    """Read a page of these messages, plain rows; ``whole`` is the conversation if they are all its.

    One whose target is not known by its id yet needs a model, which can be given it.
    """
    if whole is None:
        values = list(_asked(after(rows, KEYSET, position)[:limit]))
    else:
        values = prepared_page(
            _of_thread, KEYSET, limit=limit, position=position, conversation_id=whole
        )
    found = [_MESSAGE.read(of_row, _MEDIA.read(of_row)) for of_row in values]
    if any(row.waits_for for row in found):
        return list(after(rows, KEYSET, position)[:limit])
    return found


def _of_thread(conversation_id: int) -> QuerySet[Any, Any]:
    return _asked(of_thread(conversation_id))


def _asked(rows: QuerySet[Message]) -> QuerySet[Any, Any]:
    return rows.values_list(*_ASKED)
