"""When customers are left in peace, also on the days when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from whatsapp.domain.quiet_hours import QuietHours, parse, quiet_until
from whatsapp.domain.retry import Priority

ZONE = ZoneInfo("Europe/Bucharest")
NIGHT = parse("21:00-08:00 Europe/Bucharest")


def local(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE, fold=fold)


def until(moment: datetime, hours: QuietHours | None = NIGHT) -> datetime | None:
    return quiet_until(moment, priority=Priority.NOTICE, hours=hours)


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-11-22 20:59:59", None),
        ("2026-11-22 21:00", "2026-11-23 08:00"),
        ("2026-11-22 23:59:59", "2026-11-23 08:00"),
        ("2026-11-23 00:00", "2026-11-23 08:00"),
        ("2026-11-23 07:59:59.999999", "2026-11-23 08:00"),
        ("2026-11-23 08:00", None),
        ("2026-12-31 22:00", "2027-01-01 08:00"),
    ],
)
def test_night_ends_in_the_morning_after(moment, end):
    found = until(local(moment))

    assert found == (local(end) if end else None)


def test_end_is_in_utc_whatever_zone_asks():
    found = until(datetime(2026, 11, 22, 19, 30, tzinfo=UTC))

    assert found == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        # Bucharest, 2027-03-28: 03:00 becomes 04:00; the night has ten hours
        (datetime(2027, 3, 27, 19, 0, tzinfo=UTC), datetime(2027, 3, 28, 5, 0, tzinfo=UTC)),
        (datetime(2027, 3, 28, 4, 59, tzinfo=UTC), datetime(2027, 3, 28, 5, 0, tzinfo=UTC)),
        (datetime(2027, 3, 28, 5, 0, tzinfo=UTC), None),
        # 2026-10-25: 04:00 becomes 03:00; it has twelve
        (datetime(2026, 10, 24, 18, 0, tzinfo=UTC), datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 5, 59, tzinfo=UTC), datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 6, 0, tzinfo=UTC), None),
    ],
)
def test_night_ends_by_the_shops_clock_when_it_changes(moment, end):
    assert until(moment) == end


def test_end_inside_the_hour_that_comes_twice_is_its_second_coming():
    hours = parse("21:00-03:30 Europe/Bucharest")

    ends = [
        until(local("2026-10-25 03:15", fold=0), hours),
        until(local("2026-10-25 03:45", fold=0), hours),
        until(local("2026-10-25 03:15", fold=1), hours),
    ]

    assert ends == [datetime(2026, 10, 25, 1, 30, tzinfo=UTC)] * 3
    assert until(local("2026-10-25 03:30", fold=1), hours) is None


def test_end_inside_the_hour_that_is_skipped_comes_as_much_later():
    hours = parse("21:00-03:30 Europe/Bucharest")

    found = until(local("2027-03-28 02:59"), hours)

    assert found == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)  # 04:30 by the new time
    assert until(found, hours) is None


def test_beginning_inside_the_hour_that_comes_twice_is_its_first_coming():
    hours = parse("03:30-08:00 Europe/Bucharest")

    assert until(local("2026-10-25 03:29", fold=0), hours) is None
    assert until(local("2026-10-25 03:30", fold=0), hours) == local("2026-10-25 08:00")
    assert until(local("2026-10-25 03:10", fold=1), hours) == local("2026-10-25 08:00")


def test_quiet_hours_within_one_day():
    hours = parse("13:00-16:00 Europe/Bucharest")

    assert until(local("2026-11-22 12:59"), hours) is None
    assert until(local("2026-11-22 13:00"), hours) == local("2026-11-22 16:00")
    assert until(local("2026-11-22 23:00"), hours) is None


@pytest.mark.parametrize(
    ("priority", "rests"),
    [(Priority.REPLY, False), (Priority.NOTICE, True), (Priority.BROADCAST, True)],
)
def test_only_what_is_not_urgent_rests(priority, rests):
    found = quiet_until(local("2026-11-22 23:00"), priority=priority, hours=NIGHT)

    assert (found is not None) is rests


def test_without_quiet_hours_nothing_rests():
    assert parse("") is None
    assert until(local("2026-11-22 23:00"), None) is None


def test_spelling_is_read():
    assert parse("21:00-08:00 Europe/Bucharest") == QuietHours(
        start=time(21), end=time(8), zone=ZONE
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("off", "written"),
        ("21:00-08:00", "written"),
        ("21-8 UTC", "written"),
        ("25:00-08:00 Europe/Bucharest", "hour must be"),
        ("08:00-08:00 UTC", "different times"),
    ],
)
def test_other_spelling_is_refused(text, fault):
    with pytest.raises(ValueError, match=fault):
        parse(text)


def test_zone_that_nobody_knows_is_refused():
    with pytest.raises(ZoneInfoNotFoundError):
        parse("21:00-08:00 Europe/Bucuresti")
