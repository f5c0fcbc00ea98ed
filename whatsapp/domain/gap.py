"""Whether what Meta counted and what we stored differ by more than chance, and what that means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FEW = 3  # messages around midnight that may be on the one day here and on the other there


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Messages of one number on one day."""

    sent: int
    delivered: int


def is_beyond(*, theirs: int, ours: int, tolerance: float) -> bool:
    """Tell whether two counts differ by more than the share ``tolerance`` and a few messages.

    Meta calls its figures approximate.
    """
    return abs(theirs - ours) > max(FEW, tolerance * max(theirs, ours))


def differ(*, theirs: Counts, ours: Counts, tolerance: float) -> bool:
    """Tell whether either count is beyond the tolerance."""
    return is_beyond(theirs=theirs.sent, ours=ours.sent, tolerance=tolerance) or is_beyond(
        theirs=theirs.delivered, ours=ours.delivered, tolerance=tolerance
    )


def last_days(*, now: datetime, zone: ZoneInfo, count: int) -> Iterator[date]:
    """Yield the last whole days by the clocks of ``zone``, the newest first."""
    today = now.astimezone(zone).date()
    for back in range(1, count + 1):
        yield today - timedelta(days=back)


def span(day: date, *, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first moment of a day and of the next, in UTC; 23 to 25 hours."""
    return _midnight(day, zone=zone), _midnight(day + timedelta(days=1), zone=zone)


def _midnight(day: date, *, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
