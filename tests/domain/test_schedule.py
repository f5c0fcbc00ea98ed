"""When a message is due, and when it is too late for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from whatsapp.domain.quiet_hours import parse
from whatsapp.domain.retry import Priority
from whatsapp.domain.schedule import Schedule, schedule
from whatsapp.errors import ValidationError

NIGHT = parse("21:00-08:00 UTC")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


def times(*, now=NOON, send_at=None, expires_at=None, priority=Priority.NOTICE) -> Schedule:
    return schedule(
        send_at=send_at,
        expires_at=expires_at,
        priority=priority,
        hours=NIGHT,
        lifetime=DAY,
        now=now,
    )


@pytest.mark.parametrize("send_at", [None, NOON, NOON - timedelta(days=400)])
def test_without_a_time_or_with_one_that_passed_it_is_due_at_once(send_at):
    assert times(send_at=send_at) == Schedule(send_at=None, expires_at=NOON + DAY)


def test_life_begins_when_it_is_due():
    later = NOON + timedelta(days=30)

    assert times(send_at=later) == Schedule(send_at=later, expires_at=later + DAY)


@pytest.mark.parametrize("priority", [Priority.NOTICE, Priority.BROADCAST])
@pytest.mark.parametrize("asked", [{"now": EVENING}, {"send_at": EVENING}])
def test_what_would_be_due_at_night_is_due_in_the_morning_and_lives_from_then(priority, asked):
    assert times(**asked, priority=priority) == Schedule(send_at=MORNING, expires_at=MORNING + DAY)


def test_reply_leaves_at_night():
    assert times(now=EVENING, priority=Priority.REPLY) == Schedule(
        send_at=None, expires_at=EVENING + DAY
    )


def test_end_that_the_caller_names_is_kept():
    end = NOON + timedelta(minutes=5)

    assert times(expires_at=end).expires_at == end


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"send_at": datetime(2026, 11, 22, 15, 0)}, "send_at"),
        ({"expires_at": datetime(2026, 11, 22, 15, 0)}, "expires_at"),
        ({"send_at": NOON + timedelta(days=30, seconds=1)}, "send_at"),
        ({"expires_at": NOON}, "expires_at"),
        ({"send_at": NOON + DAY, "expires_at": NOON + DAY}, "expires_at"),
        ({"now": EVENING, "expires_at": EVENING + timedelta(hours=1)}, "expires_at"),  # till 08:00
    ],
)
def test_impossible_times_are_refused(asked, field):
    with pytest.raises(ValidationError) as refusal:
        times(**asked)

    assert refusal.value.details["field"] == field
