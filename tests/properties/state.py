"""The end state: what our tables say, without ids and without the order of arrival."""

from __future__ import annotations

from typing import Any

from whatsapp.models import (
    Contact,
    Conversation,
    Media,
    Message,
    MessageAttempt,
    OutboxItem,
    Template,
    WebhookEvent,
)

_PERSON = ("contact__phone", "contact__wa_id", "contact__bsuid")
_TABLES: dict[type[Any], tuple[str, ...]] = {
    Contact: (
        *("phone", "wa_id", "bsuid", "username", "profile_name", "has_whatsapp"),
        *("marketing_consent", "consent_changed_at", "consent_source"),
    ),
    Conversation: (
        *_PERSON,
        *("number__phone_number_id", "status", "message_count", "unread_count"),
        *("last_message_at", "last_message_preview", "last_message_direction"),
        *("last_inbound_at", "waiting_since", "response_due_at", "first_response_at"),
    ),
    Message: (
        *_PERSON,
        *("external_message_id", "direction", "message_type", "message_text", "delivery_status"),
        *(
            "reply_to__external_message_id",
            "waits_for",
            "order_id",
            "happened_at",
            "sent_at",
            "delivered_at",
            "read_at",
        ),
        *("failed_at", "error_code", "error_text", "pricing_category", "pricing_type", "attempts"),
        *("conversation__contact__phone", "conversation__contact__bsuid", "content"),
    ),
    MessageAttempt: ("message__external_message_id", "attempt", "wamid", "outcome", "error_code"),
    OutboxItem: ("message__external_message_id", "kind", "state", "reason"),
    Media: ("message__external_message_id", "media_id", "mime_type", "state"),
    Template: (
        *("meta_id", "status", "status_changed_at", "category", "category_changed_at"),
        *("quality", "quality_changed_at", "rejected_reason"),
    ),
    WebhookEvent: ("idempotency_key", "status"),
}


def dump() -> dict[str, list[str]]:
    """Every row of every table that an event may touch, in words, sorted."""
    return {
        model.__name__: sorted(map(repr, model.objects.values_list(*columns)))
        for model, columns in _TABLES.items()
    }


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> dict[str, list[str]]:
    """The rows that only one of two states has, for a failure that can be read."""
    return {
        table: [
            *(f"- {row}" for row in one[table] if row not in other[table]),
            *(f"+ {row}" for row in other[table] if row not in one[table]),
        ]
        for table in one
        if one[table] != other[table]
    }
