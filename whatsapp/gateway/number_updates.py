"""What Meta tells of one number: its quality and pace, its name, its PIN, its username."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from whatsapp.domain.updates import Update
from whatsapp.gateway.account_updates import limit_word, read_news
from whatsapp.gateway.reading import record, text

# Events of the quality field, with the level of the staff's notice and what they tell
_QUALITY: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "THROUGHPUT_UPGRADE": ("info", {"throughput": "HIGH"}),
        "FLAGGED": ("warning", {"quality": "RED"}),  # Meta's word for a low rating that lasts
        "UNFLAGGED": ("", {"quality": "UNKNOWN"}),  # better, but not how much
        "DOWNGRADE": ("warning", {}),
    }
)
_NAME_LEVELS: Mapping[str, str] = MappingProxyType(
    {"APPROVED": "info", "REJECTED": "warning", "DECLINED": "warning"}
)


def _quality(item: dict[str, Any]) -> Update:
    value = record(item.get("value"))
    event = text(value.get("event")).upper()
    level, facts = _QUALITY.get(event, ("", {}))
    told = value.get("max_daily_conversations_per_business") or value.get("current_limit")
    limit = limit_word(told)
    topic = next(iter(facts), "limit")
    return read_news(
        item,
        topic=topic,
        event=event,
        display_number=text(value.get("display_phone_number")),
        level=level,
        words=limit,
        facts={**facts, "messaging_limit": limit} if limit else facts,
    )


def _name(item: dict[str, Any]) -> Update:
    value = record(item.get("value"))
    decision = text(value.get("decision")).upper()
    name = text(value.get("requested_verified_name"))
    reason = text(value.get("rejection_reason"))
    facts = {"name_decision": decision[:32]} if decision else {}
    if decision == "APPROVED" and name:
        facts["verified_name"] = name[:255]
    return read_news(
        item,
        topic="name",
        event=decision,
        display_number=text(value.get("display_phone_number")),
        level=_NAME_LEVELS.get(decision, ""),
        words=": ".join(word for word in (name, reason) if word not in ("", "NONE")),
        facts=facts,
    )


def _security(item: dict[str, Any]) -> Update:
    value = record(item.get("value"))
    event = text(value.get("event")).upper()
    return read_news(
        item,
        topic=f"security:{event}",
        event=event,
        display_number=text(value.get("display_phone_number")),
        level="warning",
        words=text(value.get("requester")),
    )


def _username(item: dict[str, Any]) -> Update:
    """A deleted username is not repeated in the update; a reserved one is not in use yet."""
    value = record(item.get("value"))
    status, username = text(value.get("status")).lower(), text(value.get("username"))
    kept: Mapping[str, str] = {"approved": username[:64], "deleted": ""}
    return read_news(
        item,
        topic="username",
        event=status.upper(),
        display_number=text(value.get("display_phone_number")),
        words=username,
        facts={"username": kept[status]} if status in kept else {},
    )


PARSERS: Mapping[str, Callable[[dict[str, Any]], Update]] = MappingProxyType(
    {
        "phone_number_quality_update": _quality,
        "phone_number_name_update": _name,
        "security": _security,
        "business_username_updates": _username,
    }
)
