"""When two counts differ by more than chance, and where a day begins."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from whatsapp.domain import gap
from whatsapp.domain.gap import Counts

BUCHAREST = ZoneInfo("Europe/Bucharest")


@pytest.mark.parametrize(
    ("theirs", "ours", "beyond"),
    [
        (0, 0, False),
        (3, 0, False),
        (4, 0, True),
        (0, 4, True),
        (1000, 981, False),
        (1000, 980, False),
        (1000, 979, True),
        (979, 1000, True),
    ],
)
def test_a_few_messages_or_a_small_share_are_chance(theirs, ours, beyond):
    assert gap.is_beyond(theirs=theirs, ours=ours, tolerance=0.02) is beyond


@pytest.mark.parametrize(
    ("theirs", "ours", "differ"),
    [
        (Counts(sent=10, delivered=10), Counts(sent=10, delivered=10), False),
        (Counts(sent=20, delivered=10), Counts(sent=10, delivered=10), True),
        (Counts(sent=10, delivered=10), Counts(sent=10, delivered=2), True),
    ],
)
def test_either_count_may_differ(theirs, ours, differ):
    assert gap.differ(theirs=theirs, ours=ours, tolerance=0.02) is differ


def test_last_days_are_whole_by_the_clocks_of_the_zone():
    now = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)  # half past midnight in Bucharest

    assert list(gap.last_days(now=now, zone=BUCHAREST, count=2)) == [
        date(2026, 11, 27),
        date(2026, 11, 26),
    ]
    assert list(gap.last_days(now=now, zone=ZoneInfo("UTC"), count=1)) == [date(2026, 11, 26)]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 11, 27), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)]
)
def test_a_day_is_as_long_as_the_clocks_make_it(day, hours):
    start, end = gap.span(day, zone=BUCHAREST)

    assert (end - start).total_seconds() == hours * 3600
    assert start.astimezone(BUCHAREST).hour == end.astimezone(BUCHAREST).hour == 0
