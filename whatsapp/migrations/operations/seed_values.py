"""How the old table's values read in ours. What is not known here is kept as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

DIRECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "SENT": ("SENT", "OUTBOUND", "OUTGOING", "OUT"),
        "RECEIVED": ("RECEIVED", "INBOUND", "INCOMING", "IN"),
    }
)
STATUSES = ("PENDING", "SENT", "DELIVERED", "READ", "FAILED")
TYPES = (
    "TEXT",
    "TEMPLATE",
    "IMAGE",
    "VIDEO",
    "AUDIO",
    "DOCUMENT",
    "STICKER",
    "LOCATION",
    "CONTACTS",
    "INTERACTIVE",
    "BUTTON",
    "REACTION",
    "ORDER",
    "SYSTEM",
)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _upper_if_known(column: str, words: Iterable[str]) -> str:
    """Our spelling of the words we know; the others stay, and an empty text is no value."""
    return (
        f"CASE WHEN upper({column}::text) IN ({_listed(words)}) THEN upper({column}::text) "
        f"ELSE nullif({column}::text, '') END"
    )


def _direction() -> str:
    """NULL for a label that means neither: the checks have refused such rows."""
    cases = " ".join(
        f"WHEN upper(direction::text) IN ({_listed(labels)}) THEN '{ours}'"
        for ours, labels in DIRECTIONS.items()
    )
    return f"CASE {cases} END"


# Column to the SQL of its value, to be used in ALTER TABLE … USING and in the checks
VALUES: Mapping[str, str] = MappingProxyType(
    {
        "direction": _direction(),
        "message_type": _upper_if_known("message_type", TYPES),
        "phone_number": "nullif(phone_number::text, '')",
        "external_message_id": "nullif(external_message_id::text, '')",
        "delivery_status": _upper_if_known("delivery_status", STATUSES),
    }
)
