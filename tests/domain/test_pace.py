"""The guard on departures, judged as the receiver would: by counting in every sliding second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.domain.pace import PAIR_BURST, PairPacer, WindowGuard


def fullest_second(departures: list[float]) -> int:
    """The largest number of departures in any window [t, t + 1]."""
    ordered = sorted(departures)
    return max((sum(at <= then <= at + 1 for then in ordered) for at in ordered), default=0)


def depart(guard: WindowGuard, *, now: float, delay: float = 0.0) -> float:
    lane = guard.take(now)
    guard.stamp(lane, now + delay)
    guard.release(lane)
    return now + delay


def run(guard: WindowGuard, *, seconds: float, delays: list[float], start: float = 0.0):
    now, left = start, []
    while now < start + seconds:
        earliest = guard.next_departure(now)
        assert earliest is not None
        now = max(now, earliest)
        left.append(depart(guard, now=now, delay=delays[len(left) % len(delays)]))
    return left


@pytest.mark.parametrize("limit", [1, 5, 20, 80])
def test_no_second_holds_more_than_the_limit(limit):
    guard = WindowGuard(limit=limit, margin=0.01)

    left = run(guard, seconds=10, delays=[0.0])

    assert fullest_second(left) == limit
    assert len(left) >= 0.98 * limit * 10


@given(st.lists(st.floats(0, 0.4), min_size=1, max_size=50))
def test_late_departures_never_close_a_window_above_the_limit(delays):
    guard = WindowGuard(limit=20, margin=0.01)

    left = run(guard, seconds=4, delays=delays)

    assert fullest_second(left) <= 20


def test_a_lane_still_in_use_makes_the_next_wait():
    guard = WindowGuard(limit=1, margin=0.01)
    lane = guard.take(0.0)

    assert guard.next_departure(5.0) is None

    guard.stamp(lane, 5.0)
    guard.release(lane)
    assert guard.next_departure(5.0) == pytest.approx(6.01)


def test_a_lane_that_was_not_used_keeps_its_earlier_departure():
    guard = WindowGuard(limit=1, margin=0.01, recent=[10.0])
    lane = guard.take(11.1)

    guard.release(lane)

    assert guard.next_departure(11.2) == pytest.approx(11.1 + 1 / 1.1)


def test_a_new_holder_counts_the_departures_of_the_last():
    first = WindowGuard(limit=80, margin=0.01)
    before = run(first, seconds=3, delays=[0.0])

    second = WindowGuard(limit=80, margin=0.01, recent=first.recent(3.0))
    after = run(second, seconds=3, delays=[0.0], start=3.0)

    assert fullest_second(before + after) == 80


def test_a_pause_lets_nothing_leave_before_its_end():
    guard = WindowGuard(limit=80, margin=0.01)

    guard.pause_until(7.5)

    assert guard.next_departure(3.0) == 7.5


def test_a_pair_gets_its_burst_and_then_one_in_six_seconds():
    pacer = PairPacer()
    for _ in range(PAIR_BURST):
        assert pacer.next_departure(7, 100.0) == 100.0
        pacer.departed(7, 100.0)

    assert pacer.next_departure(7, 100.0) == 106.0
    assert pacer.next_departure(8, 100.0) == 100.0


def test_a_pair_earns_its_burst_back():
    pacer = PairPacer()
    for _ in range(PAIR_BURST):
        pacer.departed(7, 0.0)

    later = PAIR_BURST * 6.0

    assert pacer.next_departure(7, later) == later
