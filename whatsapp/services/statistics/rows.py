"""What the roll-up has counted, read by one key: a few rows for a month or a year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import connection

from whatsapp.domain.pricing import CHARGED, Charge
from whatsapp.domain.quantiles import Bucket
from whatsapp.models.stats import Clock
from whatsapp.services.statistics.rollup import midnight

Key = date | datetime | int | str | None


class GroupBy(StrEnum):
    """By what the figures can be told apart."""

    DAY = "day"
    NUMBER = "number"
    TEMPLATE = "template"
    AGENT = "agent"
    ORDER_EVENT = "order_event"


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """Days of the shop, both included, of one business number or of all."""

    first: date
    last: date
    number_id: int | None


# What stands for a key in the counts, in the times, and in the conversations that wait
_KEYS: Mapping[GroupBy | None, tuple[str, str, str]] = {
    None: ("NULL", "NULL", "NULL"),
    GroupBy.DAY: ("day", "day", "(waiting_since AT TIME ZONE 'Europe/Bucharest')::date"),
    GroupBy.NUMBER: ("number_id", "number_id", "number_id"),
    GroupBy.AGENT: ("user_id", "user_id", "assigned_to_id"),
    GroupBy.TEMPLATE: ("template_id", "", ""),
    GroupBy.ORDER_EVENT: ("nullif(order_event, '')", "", ""),
}
_OPTIONAL = (GroupBy.AGENT, GroupBy.TEMPLATE, GroupBy.ORDER_EVENT)  # most messages have none

_COUNTS = """
SELECT {key}, direction, message_type, delivery_status, sum(n) FROM whatsapp_stats_days
WHERE {where} GROUP BY 1, 2, 3, 4
"""
_CHARGED = f"""
SELECT {{key}}, day, pricing_category, calling_code, sum(n),
    coalesce(sum(n) FILTER (WHERE delivery_status IN ('DELIVERED', 'READ')), 0)
FROM whatsapp_stats_days WHERE {{where}} AND pricing_type = '{CHARGED}'
GROUP BY 1, 2, 3, 4
"""
_TIMES = """
SELECT {key}, clock, bucket, sum(n), sum(late), sum(seconds) FROM whatsapp_stats_day_times
WHERE {where} AND {agents} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_HOURS = """
SELECT hour, direction, message_type, delivery_status, sum(n) FROM whatsapp_stats
WHERE hour >= %(start)s AND hour < %(end)s
AND (%(number_id)s::bigint IS NULL OR number_id = %(number_id)s) GROUP BY 1, 2, 3, 4
"""
# The due time is there only while a customer waits, so its index holds few
_LATE = """
SELECT {key}, count(*) FROM whatsapp_conversations
WHERE response_due_at <= now()
AND waiting_since >= %(start)s AND waiting_since < %(end)s
AND (%(number_id)s::bigint IS NULL OR number_id = %(number_id)s) GROUP BY 1
"""


class Count(NamedTuple):
    """So many messages that are alike; ``status`` is empty for received ones."""

    key: Key
    direction: str
    message_type: str
    status: str
    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """What one clock has timed: buckets, smallest first, and what has no end yet."""

    buckets: Sequence[Bucket]
    open: int
    late: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Charged:
    """What Meta charges for, by category; and of it what was delivered, which costs."""

    by_category: Mapping[str, int]
    delivered: Sequence[Charge]


def counts(period: Period, *, by: GroupBy) -> list[Count]:
    """Count messages by key and by what they are."""
    return [Count(*row) for row in _read(_COUNTS, period, by=by, key=_KEYS[by][0])]


def hours(*, start: datetime, end: datetime, number_id: int | None) -> list[Count]:
    """Count messages by hour, as the roll-up has them before it sums days."""
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, {"start": start, "end": end, "number_id": number_id})
        return [Count(*row) for row in cursor.fetchall()]


def charged(period: Period, *, by: GroupBy | None) -> Mapping[Key, Charged]:
    """Count by key what Meta charges for."""
    rows: dict[Key, list[Sequence[Any]]] = defaultdict(list)
    for key, *row in _read(_CHARGED, period, by=by, key=_KEYS[by][0]):
        rows[key].append(row)
    return {key: _charged(of_key) for key, of_key in rows.items()}


def times(period: Period, *, by: GroupBy | None) -> Mapping[tuple[Key, Clock], Timed]:
    """By key and clock; nothing for keys that say nothing of who answered."""
    if not (name := _KEYS[by][1]):
        return {}
    rows: dict[tuple[Key, Clock], list[Sequence[Any]]] = defaultdict(list)
    statement = _TIMES.replace("{agents}", f"by_agent = {by is GroupBy.AGENT}")
    for key, clock, *row in _read(statement, period, by=by, key=name):
        rows[key, Clock(clock)].append(row)
    return {place: _timed(of_place) for place, of_place in rows.items()}


def late(period: Period, *, by: GroupBy | None) -> Mapping[Key, int]:
    """Customers who wait longer than the SLA allows, now."""
    if not (name := _KEYS[by][2]):
        return {}
    return dict(_rows(_LATE.format(key=name), period))


def _charged(rows: Sequence[Sequence[Any]]) -> Charged:
    by_category: dict[str, int] = defaultdict(int)
    for _, category, _, n, _ in rows:
        by_category[category] += n
    return Charged(
        by_category=dict(sorted(by_category.items())),
        delivered=[
            Charge(day=day, category=category, calling_code=code, n=delivered)
            for day, category, code, _, delivered in rows
        ],
    )


def _timed(rows: Sequence[Sequence[Any]]) -> Timed:
    return Timed(
        buckets=[Bucket(n, total) for bucket, n, _, total in rows if bucket is not None],
        open=sum(n for bucket, n, *_ in rows if bucket is None),
        late=sum(late for _, _, late, _ in rows),
    )


def _read(statement: str, period: Period, *, by: GroupBy | None, key: str) -> list[Any]:
    where = ["day BETWEEN %(first)s AND %(last)s"]
    if period.number_id is not None:
        where.append("number_id = %(number_id)s")
    if by in _OPTIONAL:
        where.append(f"{key} IS NOT NULL")
    return _rows(statement.format(key=key, where=" AND ".join(where)), period)


def _rows(statement: str, period: Period) -> list[Any]:
    given = {
        "first": period.first,
        "last": period.last,
        "start": midnight(day=period.first),
        "end": midnight(day=period.last + timedelta(days=1)),
        "number_id": period.number_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows: list[Any] = cursor.fetchall()
    return rows
