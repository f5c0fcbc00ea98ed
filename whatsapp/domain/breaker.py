"""The circuit breaker of one business number: when not to try, and when to try again.

Three troubles open it. Meta or the way to it fails too often: a rest, then one probe. Meta asks
for patience: a pause, and on at a lower pace, which comes back in steps after a minute. The account
is broken: until a person mends it, by a new, closed state. A refusal of one message (a wrong
parameter, a closed window) is none of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from whatsapp.domain.retry import SLOW_DELAY, Failure, FailureClass

WINDOW = timedelta(seconds=60)
SLOT_SECONDS = 5  # the window slides in steps of this
MIN_COUNT = 10
FAILURE_RATE = 0.5
REST = timedelta(seconds=30)
REST_DOUBLINGS = 4  # 8 minutes
PROBE_TIME = timedelta(seconds=30)  # a probe whose sender died is given up after this
SLOW_DOUBLINGS = 6  # 64 times the first pause
EASED = 0.75  # of the pace at most is taken off at once …
EASED_FOR = timedelta(minutes=1)  # … and all of it kept off for so long
STEP = 16  # then a sixteenth of the limit comes back …
STEP_TIME = timedelta(seconds=5)  # … in each of these

_SERVER_SIDE = frozenset({FailureClass.NOT_SENT, FailureClass.REFUSED, FailureClass.AMBIGUOUS})


class Circuit(StrEnum):
    """CLOSED lets everything through, OPEN nothing, HALF_OPEN waits for one probe."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


class Cause(StrEnum):
    """What opened it."""

    NONE = ""
    TROUBLE = "TROUBLE"
    SLOW = "SLOW"
    ACCOUNT = "ACCOUNT"


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerState:
    """Everything the breaker knows; ``until`` None while OPEN means until a person mends it."""

    state: Circuit = Circuit.CLOSED
    cause: Cause = Cause.NONE
    opened_at: datetime | None = None
    until: datetime | None = None
    reason: str = ""
    streak: int = 0  # how often in a row it opened for this cause
    counts: tuple[tuple[int, int, int], ...] = ()  # slot of the clock, successes, failures
    eased_to: int | None = None  # messages a second, since Meta refused more …
    eased_at: datetime | None = None  # … at this time

    def allow(self, now: datetime) -> bool:
        """Tell whether one more message may leave; call ``departing`` when it does."""
        if self.state is Circuit.CLOSED:
            return True
        return self.until is not None and now >= self.until

    def pace(self, *, limit: int, now: datetime) -> int:
        """Say how many may leave in a second, of a number with this limit."""
        if self.eased_to is None or self.eased_at is None:
            return limit
        steps = (now - self.eased_at - EASED_FOR) // STEP_TIME + 1
        return min(limit, self.eased_to + max(0, steps) * max(1, limit // STEP))

    def eased(self, *, limit: int, taken: int, now: datetime) -> BreakerState:
        """Return the state with a lower pace: what Meta took in the last second is what it takes.

        By a quarter at most, since that second may have been a bad one.
        """
        pace = self.pace(limit=limit, now=now)
        lower = min(pace - 1, max(taken, int(pace * EASED)))
        return replace(self, eased_to=max(1, lower), eased_at=now)

    def departing(self, *, now: datetime) -> BreakerState:
        """Return the state with a message on its way: after a rest it is the probe, alone."""
        if self.state is Circuit.CLOSED or not self.allow(now):
            return self
        if self.cause is Cause.SLOW:
            return replace(self, state=Circuit.CLOSED)
        return replace(self, state=Circuit.HALF_OPEN, until=now + PROBE_TIME)

    def record_success(self, *, now: datetime, count: int = 1) -> BreakerState:
        """Return the state after Meta took some messages."""
        if self.state is Circuit.HALF_OPEN:
            return self._closed()
        if self.state is Circuit.OPEN:
            return self  # it left before
        heard = replace(self, cause=Cause.NONE, streak=0)  # the next pause is a short one again
        return heard._counted(now, taken=count)

    def record_failure(self, failure: Failure, *, now: datetime) -> BreakerState:
        """Return the state after a failed attempt; a refusal of the message alone proves health."""
        kind = failure.failure_class
        if self.cause is Cause.ACCOUNT and self.state is Circuit.OPEN:
            return self  # it left before; as a probe it tells whether the ban is over
        if kind is FailureClass.FATAL_ACCOUNT:
            return self._opened(Cause.ACCOUNT, failure, now=now, until=None)
        if kind in (FailureClass.SLOW_NUMBER, FailureClass.SLOW_ACCOUNT):
            return self._slowed(failure, now=now)
        if kind in _SERVER_SIDE:
            return self._troubled(failure, now=now)
        return self._closed() if self.state is Circuit.HALF_OPEN else self

    def _closed(self) -> BreakerState:
        return BreakerState(eased_to=self.eased_to, eased_at=self.eased_at)

    def _slowed(self, failure: Failure, *, now: datetime) -> BreakerState:
        if self.state is Circuit.OPEN and self.until is not None and now < self.until:
            # Those that were in flight together are refused together: one pause for all of them
            asked = now + (failure.retry_after or timedelta(0))
            return replace(self, until=max(self.until, asked))
        again = self.cause is Cause.SLOW  # nothing was taken since the last pause
        streak = min(self.streak + 1, SLOW_DOUBLINGS) if again else 0
        pause = failure.retry_after or SLOW_DELAY * 2**streak
        return self._opened(Cause.SLOW, failure, now=now, until=now + pause, streak=streak)

    def _troubled(self, failure: Failure, *, now: datetime) -> BreakerState:
        if self.state is Circuit.OPEN:
            return self  # it left before
        counted = self._counted(now, failed=1)
        probe_failed = self.state is Circuit.HALF_OPEN
        if not probe_failed and not counted._too_many_failures():
            return counted
        streak = min(self.streak + 1, REST_DOUBLINGS) if probe_failed else 0
        until = now + REST * 2**streak
        return self._opened(Cause.TROUBLE, failure, now=now, until=until, streak=streak)

    def _opened(
        self,
        cause: Cause,
        failure: Failure,
        *,
        now: datetime,
        until: datetime | None,
        streak: int = 0,
    ) -> BreakerState:
        return BreakerState(
            state=Circuit.OPEN,
            cause=cause,
            opened_at=now,
            until=until,
            reason=failure.reason,
            streak=streak,
            counts=self.counts if cause is Cause.SLOW else (),
            eased_to=self.eased_to,
            eased_at=self.eased_at,
        )

    def _counted(self, now: datetime, *, taken: int = 0, failed: int = 0) -> BreakerState:
        slot = int(now.timestamp()) // SLOT_SECONDS
        oldest = slot - int(WINDOW.total_seconds()) // SLOT_SECONDS
        counts = {at: (ok, bad) for at, ok, bad in self.counts if at > oldest}
        ok, bad = counts.get(slot, (0, 0))
        counts[slot] = (ok + taken, bad + failed)
        return replace(self, counts=tuple((at, *both) for at, both in sorted(counts.items())))

    def _too_many_failures(self) -> bool:
        failures = sum(bad for _, _, bad in self.counts)
        total = failures + sum(ok for _, ok, _ in self.counts)
        return total >= MIN_COUNT and failures >= FAILURE_RATE * total


def to_json(state: BreakerState) -> dict[str, Any]:
    """Return the state as a row keeps it."""
    return asdict(state) | {
        "opened_at": state.opened_at and state.opened_at.isoformat(),
        "until": state.until and state.until.isoformat(),
        "eased_at": state.eased_at and state.eased_at.isoformat(),
        "counts": [list(count) for count in state.counts],
    }


def from_json(stored: Mapping[str, Any]) -> BreakerState:
    """Return the state a row keeps; an empty one is closed."""
    if not stored:
        return BreakerState()
    opened_at, until = stored["opened_at"], stored["until"]
    eased_at = stored.get("eased_at")  # what an older version wrote has none
    return BreakerState(
        state=Circuit(stored["state"]),
        cause=Cause(stored["cause"]),
        opened_at=datetime.fromisoformat(opened_at) if opened_at else None,
        until=datetime.fromisoformat(until) if until else None,
        reason=stored["reason"],
        streak=stored["streak"],
        counts=tuple((at, ok, bad) for at, ok, bad in stored["counts"]),
        eased_to=stored.get("eased_to"),
        eased_at=datetime.fromisoformat(eased_at) if eased_at else None,
    )
