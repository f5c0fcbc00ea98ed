"""Guard, answers and breaker together, in virtual time, against a Meta that refuses.

Every message waits 50 ms for its answer, and there is always a next one.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest

from whatsapp.domain.breaker import BreakerState
from whatsapp.domain.pace import Answers, WindowGuard
from whatsapp.domain.retry import Failure, FailureClass

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SLOW = Failure(failure_class=FailureClass.SLOW_NUMBER, code=130429, title="Too fast")
LIMIT, LATENCY = 80, 0.05


class Meta:
    """Takes so many in any second, and of those refuses a share all the same."""

    def __init__(self, *, rate: int, stray: float = 0.0) -> None:
        self._rate, self._stray = rate, stray
        self._recent: deque[float] = deque()
        self._dice = random.Random(1)
        self.taken: list[float] = []
        self.seen: list[float] = []

    def answer(self, at: float) -> bool:
        self.seen.append(at)
        while self._recent and self._recent[0] <= at - 1.0:
            self._recent.popleft()
        if len(self._recent) >= self._rate or self._dice.random() < self._stray:
            return False
        self._recent.append(at)
        self.taken.append(at)
        return True


class Number:
    """What a sender does at each departure and at each answer, in virtual seconds."""

    def __init__(self, meta: Meta) -> None:
        self._meta = meta
        self._guard = WindowGuard(limit=LIMIT, margin=0.01)
        self._answers = Answers()
        self.state = BreakerState()
        self._coming: list[tuple[float, bool, float]] = []

    def send(self, *, seconds: float) -> None:
        now = 0.0
        while now < seconds:
            self._hear(until=now)
            self._guard.keep_to(self.state.pace(limit=LIMIT, now=_clock(now)))
            slot = self._guard.next_departure(now)
            if not self.state.allow(_clock(now)) or slot is None or slot > now:
                now += 0.001
                continue
            self.state = self.state.departing(now=_clock(now))
            self._guard.take(now)
            self._guard.hand_back(now)
            heapq.heappush(self._coming, (now + LATENCY, self._meta.answer(now), now))

    def _hear(self, *, until: float) -> None:
        while self._coming and self._coming[0][0] <= until:
            at, is_taken, left_at = heapq.heappop(self._coming)
            now = _clock(at)
            if is_taken:
                self._answers.took(at)
                self.state = self.state.record_success(now=now)
                continue
            is_crowd = self._answers.refused(at)
            opened_at = self.state.opened_at
            if is_crowd and not (opened_at and _clock(left_at) <= opened_at):
                taken = self._answers.taken_in_last_second(at)
                self.state = self.state.eased(limit=LIMIT, taken=taken, now=now)
                self.state = self.state.record_failure(SLOW, now=now)


def _clock(at: float) -> datetime:
    return START + timedelta(seconds=at)


@pytest.mark.parametrize(
    ("meta", "share"),
    [
        (Meta(rate=60), 0.95 * 60),
        (Meta(rate=20), 0.80 * 20),
        (Meta(rate=80, stray=0.01), 0.93 * 80),
        (Meta(rate=60, stray=0.01), 0.85 * 60),
    ],
)
def test_number_finds_what_meta_takes_and_stays_there(meta, share):
    Number(meta).send(seconds=200)

    assert len(meta.taken) >= share * 200
    assert len(meta.seen) - len(meta.taken) <= 0.05 * len(meta.seen)


def test_number_that_nothing_is_taken_from_asks_less_and_less():
    meta = Meta(rate=0)

    Number(meta).send(seconds=200)

    assert 8 <= len(meta.seen) <= 100


def test_number_is_back_at_its_limit_three_minutes_after_a_bad_moment():
    meta = Meta(rate=80)
    number = Number(meta)
    number.state = BreakerState().eased(limit=LIMIT, taken=0, now=START)

    number.send(seconds=200)

    last = [at for at in meta.taken if at > 190]
    assert len(last) >= 0.98 * 80 * 10
    assert len(meta.seen) == len(meta.taken)
