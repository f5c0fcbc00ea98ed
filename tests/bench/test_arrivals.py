"""What is concluded from the times at which messages arrived."""

from __future__ import annotations

import pytest

from bench.arrivals import Arrivals, largest_second, percentile


def arrivals(*times: float, callbacks: tuple[str, ...] = ()) -> Arrivals:
    return Arrivals(times=times, callbacks=callbacks or tuple(f"{n}:1" for n in range(len(times))))


@pytest.mark.parametrize(
    ("times", "largest"),
    [
        ((), 0),
        ((5.0,), 1),
        ((0.0, 0.5, 0.999), 3),
        ((0.0, 0.5, 1.0), 2),  # exactly a second later is another second
        ((0.0, 0.9, 1.1, 1.8, 3.0), 3),
    ],
)
def test_the_fullest_second_slides(times, largest):
    assert largest_second(times) == largest


def test_rate_counts_the_gaps_between_first_and_last():
    assert arrivals(10.0, 10.5, 11.0, 12.0).rate() == 1.5


def test_rate_of_one_arrival_is_none():
    assert arrivals(10.0).rate() == 0.0


def test_first_second_can_be_left_out():
    seen = arrivals(0.0, 0.1, 0.2, 1.0, 1.5, 2.0)

    assert seen.after(1).times == (1.0, 1.5, 2.0)
    assert seen.after(1).callbacks == ("3:1", "4:1", "5:1")


def test_longest_silence_is_between_neighbours():
    assert arrivals(0.0, 1.0, 4.0, 4.5).longest_silence() == 3.0


def test_message_that_came_in_two_attempts_is_doubled():
    seen = arrivals(0.0, 1.0, 2.0, callbacks=("a:1", "b:1", "a:2"))

    assert seen.doubled() == 1
    assert seen.report()["doubled_attempts"] == 0


def test_percentile_is_one_of_the_values():
    values = [float(n) for n in range(1, 101)]

    assert percentile(values, 0.5) == 50.0
    assert percentile(values, 0.95) == 95.0
    assert percentile([], 0.95) == 0.0
