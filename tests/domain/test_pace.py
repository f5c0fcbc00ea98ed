"""The guard on departures, judged as the receiver would: by counting in every sliding second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.domain.pace import PAIR_BURST, Answers, PairPacer, WindowGuard


def fullest_second(departures: list[float]) -> int:
    """The largest number of departures in any window [t, t + 1]."""
    ordered = sorted(departures)
    return max((sum(at <= then <= at + 1 for then in ordered) for at in ordered), default=0)


def depart(guard: WindowGuard, *, now: float, delay: float = 0.0) -> float:
    guard.take(now)
    guard.hand_back(now + delay)
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


def test_ticket_still_in_use_makes_the_next_wait():
    guard = WindowGuard(limit=1, margin=0.01)
    guard.take(0.0)

    assert guard.next_departure(5.0) is None

    guard.hand_back(5.0)
    assert guard.next_departure(5.0) == pytest.approx(6.01)


def test_slow_departure_holds_up_no_other():
    guard = WindowGuard(limit=2, margin=0.01)
    guard.take(0.0)  # its connection is being made
    depart(guard, now=0.5)

    assert guard.next_departure(0.6) == pytest.approx(1.51)


def test_ticket_that_was_not_used_keeps_its_last_use():
    guard = WindowGuard(limit=1, margin=0.01, recent=[10.0])
    unused = guard.take(11.1)

    guard.hand_back(unused)

    assert unused == 10.0
    assert guard.next_departure(11.2) == pytest.approx(11.1 + 1 / 1.1)


@given(st.lists(st.tuples(st.floats(0, 3), st.booleans()), min_size=1, max_size=60))
def test_departures_that_overtake_each_other_never_close_a_window_above_the_limit(calls):
    guard = WindowGuard(limit=4, margin=0.01)
    now, under_way, left = 0.0, [], []
    for delay, leaves in calls:
        while (slot := guard.next_departure(now)) is None:
            under_way.sort()
            now, ticket, leaves_then = under_way.pop(0)
            guard.hand_back(now if leaves_then else ticket)
            left += [now] if leaves_then else []
        now = max(now, slot)
        under_way.append((now + delay, guard.take(slot), leaves))
        due = sorted(one for one in under_way if one[0] <= now)
        for at, ticket, leaves_then in due:
            guard.hand_back(at if leaves_then else ticket)
            left += [at] if leaves_then else []
        under_way = [one for one in under_way if one not in due]

    assert fullest_second(left) <= 4


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


def test_a_lower_pace_holds_from_that_moment_on():
    guard = WindowGuard(limit=80, margin=0.01)
    before = run(guard, seconds=3, delays=[0.0])

    guard.keep_to(60)
    after = run(guard, seconds=10, delays=[0.0], start=3.0)

    assert fullest_second(before + after) == 80
    assert fullest_second(after) == 60
    assert len(after) >= 0.97 * 60 * 10


def test_a_pace_that_comes_back_lets_no_second_exceed_it():
    guard = WindowGuard(limit=20, margin=0.01)
    run(guard, seconds=3, delays=[0.0])
    guard.keep_to(5)
    low = run(guard, seconds=3, delays=[0.0], start=3.0)

    guard.keep_to(20)
    after = run(guard, seconds=3, delays=[0.0], start=6.0)

    assert fullest_second(low + after) == 20
    assert len(after) >= 0.93 * 20 * 3


def test_no_pace_is_above_the_limit_or_below_one_a_second():
    guard = WindowGuard(limit=4, margin=0.01)

    guard.keep_to(100)
    assert fullest_second(run(guard, seconds=3, delays=[0.0])) == 4

    guard.keep_to(0)
    assert fullest_second(run(guard, seconds=5, delays=[0.0], start=5.0)) == 1


def test_tickets_under_way_rest_when_they_come_back():
    guard = WindowGuard(limit=3, margin=0.01)
    for _ in range(3):
        guard.take(0.0)
    guard.keep_to(1)

    for at in (0.1, 0.2, 0.3):
        guard.hand_back(at)

    assert guard.next_departure(0.4) == pytest.approx(1.31)
    assert guard.recent(0.4) == [0.1, 0.2, 0.3]


@given(st.lists(st.tuples(st.integers(1, 8), st.floats(0, 0.9)), min_size=1, max_size=40))
def test_no_change_of_pace_ever_closes_a_window_above_the_limit(changes):
    guard = WindowGuard(limit=8, margin=0.01)
    now, left = 0.0, []
    for pace, seconds in changes:
        guard.keep_to(pace)
        left += run(guard, seconds=seconds, delays=[0.0, 0.02], start=now)
        now = max(now + seconds, left[-1] if left else 0.0)

    assert fullest_second(left) <= 8


@pytest.mark.parametrize(
    ("taken", "refused", "is_crowd"),
    [(0, 1, True), (1, 1, True), (2, 1, False), (79, 2, False), (47, 3, False), (45, 3, True)],
)
def test_a_refusal_among_very_many_is_a_stray_one(taken, refused, is_crowd):
    answers = Answers()
    for _ in range(taken):
        answers.took(10.0)

    heard = [answers.refused(10.5) for _ in range(refused)]

    assert heard[-1] is is_crowd


def test_old_answers_prove_nothing():
    answers = Answers()
    for _ in range(100):
        answers.took(10.0)

    assert answers.taken_in_last_second(10.9) == 100
    assert answers.taken_in_last_second(11.0) == 0
    assert answers.refused(12.0)


def test_a_pair_gets_its_burst_and_then_nothing_until_it_is_paid_back():
    pacer = PairPacer()
    for _ in range(PAIR_BURST):
        assert pacer.next_departure(7, 100.0) == 100.0
        pacer.departed(7, 100.0)

    assert pacer.next_departure(7, 100.0) == 370.0
    assert pacer.next_departure(7, 369.0) == 370.0
    assert pacer.next_departure(8, 100.0) == 100.0


def test_a_pair_may_get_one_in_six_seconds_for_ever():
    pacer = PairPacer()
    for n in range(200):
        assert pacer.next_departure(7, n * 6.0) == n * 6.0
        pacer.departed(7, n * 6.0)


def test_a_pair_written_to_ten_times_a_minute_too_often_rests_in_the_end():
    pacer, left = PairPacer(), []
    for n in range(60):
        if pacer.next_departure(7, n * 0.6) == n * 0.6:
            pacer.departed(7, n * 0.6)
            left.append(n)

    assert len(left) == 49  # 45 borrowed, and four earned in the 29 s of it
    assert pacer.next_departure(7, 36.0) == 49 * 6.0


def test_one_that_leaves_all_the_same_makes_the_rest_longer():
    pacer = PairPacer()
    for _ in range(PAIR_BURST + 1):
        pacer.departed(7, 0.0)

    assert pacer.next_departure(7, 10.0) == 46 * 6.0


def test_a_pair_earns_its_burst_back():
    pacer = PairPacer()
    for _ in range(PAIR_BURST):
        pacer.departed(7, 0.0)

    later = PAIR_BURST * 6.0

    assert pacer.next_departure(7, later) == later
