"""Count anew the hours whose messages have changed, and the days they lie in.

Whatever changes a message marks its hour in the same transaction (see the migration's triggers),
so what a mark tells of is there when the mark is. Marks are taken away in the transaction that
counts: one that comes meanwhile stays for the next round. Counting replaces, so that repeating it
changes nothing; one counts at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from whatsapp.models import StatsMark
from whatsapp.services.statistics import rollup_statements as statements

logger = logging.getLogger(__name__)

SHOP_ZONE = ZoneInfo("Europe/Bucharest")
SLICE = 48  # hours in one transaction
READERS_SLICE = 6  # of them, while somebody waits for figures
HOUR = timedelta(hours=1)
RECOUNTED = timedelta(days=7)  # each night, should a mark ever be missing
FEW_MARKS = 5_000  # of about a minute under full load; a reader waits for no more
_ONE_AT_A_TIME = 7_294_113_106  # advisory lock


def roll_up(*, now: datetime) -> int:
    """Count what is marked, the newest hours first; give how many hours were counted."""
    total = 0
    while hours := _count_slice(SLICE):
        total += hours
    if total:
        took = timezone.now() - now
        logger.info("statistics rolled up", extra={"hours": total, "seconds": took.total_seconds()})
    return total


def catch_up() -> datetime:
    """Count what little is marked; tell the moment up to which everything is counted.

    For a reader: it waits for nobody, and leaves more than a little to the round.
    """
    with connection.cursor() as cursor:
        cursor.execute(statements.SOME_MARKS, {"most": FEW_MARKS})
        marks = cursor.fetchone()[0]
    if not marks:
        return timezone.now()
    if marks < FEW_MARKS:
        _count_slice(READERS_SLICE)
    return counted_until()


def counted_until() -> datetime:
    """Everything committed before this moment is counted."""
    oldest = StatsMark.objects.order_by("created_at").values_list("created_at", flat=True).first()
    return oldest or timezone.now()


def mark(*, start: datetime, end: datetime) -> int:
    """Have every hour from ``start`` to before ``end`` counted anew; give how many these are."""
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hours = range(max(0, -((first - end) // HOUR)))
    StatsMark.objects.bulk_create(StatsMark(hour=first + n * HOUR) for n in hours)
    return len(hours)


def recount(*, now: datetime) -> None:
    """Count the last days anew, marked or not."""
    mark(start=now - RECOUNTED, end=now)
    roll_up(now=now)


def midnight(*, day: date) -> datetime:
    """When a day begins in the shop."""
    return datetime(day.year, day.month, day.day, tzinfo=SHOP_ZONE)


@transaction.atomic
def _count_slice(limit: int) -> int:
    """Count some hours; 0 where none is marked, or somebody else is counting."""
    if not StatsMark.objects.exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(statements.TAKE_MARKS, {"hours": limit})
        found: list[tuple[datetime, bool]] = cursor.fetchall()
        counted = {hour for hour, is_marked in found if is_marked}
        timed = {hour for hour, _ in found}
        for start, end in _stretches(counted):
            _replace(cursor, statements.HOUR_COUNTS, start=start, end=end)
        for start, end in _stretches(timed):
            _replace(cursor, statements.HOUR_TIMES, start=start, end=end)
        for day in {hour.astimezone(SHOP_ZONE).date() for hour in timed}:
            _sum_day(cursor, day)
    return len(timed)


def _stretches(hours: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Join hours that follow one another: from the first to the end of the last."""
    start: datetime | None = None
    end: datetime | None = None
    for hour in sorted(hours):
        if start is not None and end is not None and hour != end:
            yield start, end
        start = hour if hour != end or start is None else start
        end = hour + HOUR
    if start is not None and end is not None:
        yield start, end


def _sum_day(cursor: Any, day: date) -> None:
    """Sum the hours of one day; it has 23 or 25 when the clocks change."""
    period = {"day": day, "start": midnight(day=day), "end": midnight(day=day + timedelta(days=1))}
    _replace(cursor, statements.DAY_COUNTS, **period)
    _replace(cursor, statements.DAY_TIMES, **period)


def _replace(cursor: Any, pair: tuple[str, str], **period: Any) -> None:
    remove, insert = pair
    cursor.execute(remove, period)
    cursor.execute(insert, {**period, **statements.values()})
