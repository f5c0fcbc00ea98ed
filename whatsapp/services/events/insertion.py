"""How events become rows: one statement for all, in key order, each of them once."""

from __future__ import annotations

from collections.abc import Iterable

from whatsapp.domain.updates import Item

# In key order: two doors that get the same items in opposite order would block each other
INSERT_EVENTS = """
INSERT INTO whatsapp_webhook_events (idempotency_key, field, phone_number_id, payload)
SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[])
ON CONFLICT (idempotency_key) DO NOTHING
"""


def event_columns(items: Iterable[Item]) -> list[list[str]]:
    """Arrange items, sorted by key, as the columns that ``INSERT_EVENTS`` takes."""
    return [list(column) for column in zip(*sorted(items), strict=True)]
