"""What Meta tells of a whole account: restrictions, verdicts, alerts, how many it may write to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from whatsapp.domain.standing import Axis, Word
from whatsapp.domain.updates import PlatformNews, Standing, Update
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway.reading import elements, integer, moment, record, text

_LONGEST_EVENT, _LONGEST_TOPIC, _LONGEST_WORDS = 64, 96, 500
_CRITICAL, _WARNING, _INFO = "critical", "warning", "info"

# What an event of ``account_update`` changes, and how loudly it is told
_EVENTS: Mapping[str, tuple[Standing | None, str]] = MappingProxyType(
    {
        "ACCOUNT_DELETED": (Standing(axis=Axis.EXISTENCE, word=Word.DELETED), _CRITICAL),
        "ACCOUNT_OFFBOARDED": (Standing(axis=Axis.CONNECTION, word=Word.OFFBOARDED), _CRITICAL),
        "ACCOUNT_RECONNECTED": (Standing(axis=Axis.CONNECTION, word=""), _INFO),
        "ACCOUNT_VIOLATION": (None, _CRITICAL),
        "PARTNER_REMOVED": (None, _CRITICAL),
    }
)
_BANS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "DISABLE": (Word.DISABLED, _CRITICAL),
        "SCHEDULE_FOR_DISABLE": (Word.TO_BE_DISABLED, _CRITICAL),
        "REINSTATE": ("", _INFO),
    }
)
_OURS, _THEIRS = "RESTRICTED_BIZ_INITIATED_MESSAGING", "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"
_ALERTS: Mapping[str, str] = MappingProxyType({"CRITICAL": _CRITICAL, "WARNING": _WARNING})


def read_news(item: dict[str, Any], *, topic: str, event: str, **told: Any) -> PlatformNews:
    """The news with the account and the time of its envelope.

    Raises WebhookProcessingError without them.
    """
    entry = record(item.get("entry"))
    waba_id, happened_at = text(entry.get("id")), moment(entry.get("time"))
    if not waba_id or happened_at is None:
        raise WebhookProcessingError("The news names no account or no time.")
    return PlatformNews(
        waba_id=waba_id,
        happened_at=happened_at,
        topic=topic[:_LONGEST_TOPIC],
        event=event[:_LONGEST_EVENT],
        **{**told, "words": str(told.get("words", ""))[:_LONGEST_WORDS]},
    )


def limit_word(given: object) -> str:
    """How many people may be written to a day, as ``TIER_…``: Meta writes that, or a number."""
    number = integer(given)
    if number is None:
        return text(given).upper()[:32]
    if number < 0:
        return "TIER_UNLIMITED"
    whole, rest = divmod(number, 1000)
    return f"TIER_{whole}K" if whole and not rest else f"TIER_{number}"


def _account(item: dict[str, Any]) -> Update:
    value = record(item.get("value"))
    event = text(value.get("event")).upper()
    if event == "DISABLED_UPDATE":
        return _ban(item, record(value.get("ban_info")))
    if event == "ACCOUNT_RESTRICTION":
        return _restriction(item, value.get("restriction_info"))
    standing, level = _EVENTS.get(event, (None, ""))
    topic = f"account:{standing.axis}" if standing else f"account:{event}"
    words = text(record(value.get("violation_info")).get("violation_type"))
    return read_news(item, topic=topic, event=event, level=level, standing=standing, words=words)


def _ban(item: dict[str, Any], ban: dict[str, Any]) -> Update:
    state = text(ban.get("waba_ban_state"))
    date = text(ban.get("waba_ban_date"))
    known = _BANS.get(state)
    return read_news(
        item,
        topic=f"account:{Axis.BAN}",
        event=f"DISABLED_UPDATE {state}".strip(),
        level=known[1] if known else _WARNING,
        standing=Standing(axis=Axis.BAN, word=known[0]) if known else None,
        words=date,
    )


def _restriction(item: dict[str, Any], given: object) -> Update:
    """All restrictions in force are in one update; none in it means that there is none any more.

    Who may neither begin a talk nor answer can send nothing.
    """
    found = {text(record(one).get("restriction_type")): record(one) for one in elements(given)}
    ends = {name: moment(one.get("expiration")) for name, one in found.items()}
    blocked = {_OURS, _THEIRS} <= ends.keys()
    concerned = [ends[_OURS], ends[_THEIRS]] if blocked else list(ends.values())
    word = Word.BLOCKED if blocked else Word.RESTRICTED if found else ""
    # sending goes on with the first end, a mere restriction is over with the last
    until = (_first if blocked else _last)(concerned)
    remedies = {text(one.get("remediation")) for one in found.values()} - {""}
    return read_news(
        item,
        topic=f"account:{Axis.RESTRICTION}",
        event="ACCOUNT_RESTRICTION",
        level=_CRITICAL if found else _INFO,
        standing=Standing(axis=Axis.RESTRICTION, word=word, until=until),
        words=". ".join([", ".join(sorted(found)), *sorted(remedies)]).strip(". "),
    )


def _first(ends: list[datetime | None]) -> datetime | None:
    return min((end for end in ends if end is not None), default=None)


def _last(ends: list[datetime | None]) -> datetime | None:
    return max((end for end in ends if end), default=None) if all(ends) else None


def _alert(item: dict[str, Any]) -> Update:
    value = record(item.get("value"))
    alert = record(value.get("alert_info")) or value  # flat in older versions
    kind, active = text(alert.get("alert_type")), text(alert.get("alert_status")) != "NONE"
    severity = text(alert.get("alert_severity")).upper()
    on_number = text(value.get("entity_type")) == "PHONE_NUMBER"
    return read_news(
        item,
        topic=f"alert:{kind}",
        event=f"{kind} {severity}" if active else f"{kind} NONE",
        phone_number_id=text(value.get("entity_id")) if on_number else "",
        level=_ALERTS.get(severity, "") if active else "",
        words=text(alert.get("alert_description")),
    )


def _review(item: dict[str, Any]) -> Update:
    decision = text(record(item.get("value")).get("decision")).upper()
    level = _CRITICAL if decision == "REJECTED" else ""
    return read_news(item, topic="review", event=decision, level=level)


def _capability(item: dict[str, Any]) -> Update:
    value = record(item.get("value"))
    per_number = value.get("max_daily_conversation_per_phone")  # before October 2025
    limit = limit_word(value.get("max_daily_conversations_per_business", per_number))
    facts = {"messaging_limit": limit} if limit else {}
    return read_news(item, topic="limit", event=limit or "CAPABILITY", facts=facts)


PARSERS: Mapping[str, Callable[[dict[str, Any]], Update]] = MappingProxyType(
    {
        "account_update": _account,
        "account_alerts": _alert,
        "account_review_update": _review,
        "business_capability_update": _capability,
    }
)
