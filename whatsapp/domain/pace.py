"""How fast a number may send: an exact guard on departures, for one number and for one pair.

Pure: instants are seconds of one clock given by the caller, and nothing waits in here.
"""

from __future__ import annotations

from collections.abc import Iterable

PAIR_INTERVAL = 6.0  # seconds per message from one number to one person (Meta's pair limit) …
PAIR_BURST = 45  # … of which so many may go at once, borrowed from the future
NEVER = float("-inf")
SPACING = 1.1  # departures are spaced at this times the limit, so that the guard only forbids


class WindowGuard:
    """At most ``limit`` departures in any sliding second, as counted by the receiver.

    Departure number n belongs to lane n mod ``limit``; within a lane, two departures lie at least
    one second and ``margin`` apart. A second then holds at most one departure of each lane, in
    whatever order they really leave. (A token bucket lets almost twice the limit through.)

    Take a lane, choose a message, then ``stamp`` what left or ``release`` what did not.
    """

    def __init__(self, *, limit: int, margin: float, recent: Iterable[float] = ()) -> None:
        seed = sorted(recent)[-limit:]
        self._span = 1.0 + margin
        self._gap = 1.0 / (SPACING * limit)
        self._left = seed + [NEVER] * (limit - len(seed))
        self._taken = [False] * limit
        self._next = len(seed) % limit
        self._not_before = seed[-1] + self._gap if seed else NEVER

    def next_departure(self, now: float) -> float | None:
        """The earliest instant for one more; None while the lane's last one has not left yet."""
        if self._taken[self._next]:
            return None
        return max(now, self._not_before, self._left[self._next] + self._span)

    def take(self, now: float) -> int:
        """Occupy the next lane; only at or after ``next_departure``."""
        lane = self._next
        self._taken[lane] = True
        self._next = (lane + 1) % len(self._left)
        self._not_before = max(self._not_before, now + self._gap)
        return lane

    def stamp(self, lane: int, at: float) -> None:
        """Note when the lane's message left."""
        self._left[lane] = at

    def release(self, lane: int) -> None:
        """Free the lane; one that was not stamped keeps its earlier departure."""
        self._taken[lane] = False

    def pause_until(self, instant: float) -> None:
        """Let nothing leave before ``instant``: Meta asked for it, or a predecessor is unknown."""
        self._not_before = max(self._not_before, instant)

    def recent(self, now: float) -> list[float]:
        """The departures of the last second, for whoever sends next."""
        return sorted(at for at in self._left if at > now - self._span - 0.2)


class PairPacer:
    """Meta's limit from one number to one person: one per 6 s, with a burst of 45.

    A burst is borrowed: after 45 at once the pair waits about 45 x 6 s.
    """

    def __init__(self, *, interval: float = PAIR_INTERVAL, burst: int = PAIR_BURST) -> None:
        self._interval = interval
        self._credit = interval * (burst - 1)
        self._due: dict[int, float] = {}

    def next_departure(self, contact_id: int, now: float) -> float:
        """The earliest instant at which this person may get one more."""
        return max(now, self._due.get(contact_id, now) - self._credit)

    def departed(self, contact_id: int, at: float) -> None:
        self._due[contact_id] = max(self._due.get(contact_id, at), at) + self._interval
        if len(self._due) > 10_000:
            self._due = {key: due for key, due in self._due.items() if due > at}
