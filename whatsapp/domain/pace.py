"""How fast a number may send: an exact guard on departures, for one number and for one pair.

Pure: instants are seconds of one clock given by the caller, and nothing waits in here.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

PAIR_INTERVAL = 6.0  # seconds per message from one number to one person (Meta's pair limit) …
PAIR_BURST = 45  # … of which so many may go at once, borrowed from the future
NEVER = float("-inf")
SPACING = 1.1  # departures are spaced at this times the limit, so that the guard only forbids


class WindowGuard:
    """At most ``limit`` departures in any sliding second, as counted by the receiver.

    There are ``limit`` tickets. A departure takes one along and hands it back with the instant at
    which it left; the ticket is good again one second and ``margin`` later. A second then holds at
    most one departure of each ticket, in whatever order they really leave. (A token bucket lets
    almost twice the limit through.)
    """

    def __init__(self, *, limit: int, margin: float, recent: Iterable[float] = ()) -> None:
        seed = sorted(recent)[-limit:]
        self._span = 1.0 + margin
        self._gap = 1.0 / (SPACING * limit)
        self._tickets = [NEVER] * (limit - len(seed)) + seed  # sorted, and so a heap
        self._not_before = seed[-1] + self._gap if seed else NEVER

    def next_departure(self, now: float) -> float | None:
        """The earliest instant for one more; None while all tickets are on their way."""
        if not self._tickets:
            return None
        return max(now, self._not_before, self._tickets[0] + self._span)

    def take(self, slot: float) -> float:
        """Take a ticket for ``slot``, which ``next_departure`` named; returns its last use."""
        self._not_before = max(self._not_before, slot) + self._gap
        return heapq.heappop(self._tickets)

    def hand_back(self, used_at: float) -> None:
        """Return a ticket with the instant of its departure, or its last use if none left."""
        heapq.heappush(self._tickets, used_at)

    def pause_until(self, instant: float) -> None:
        """Let nothing leave before ``instant``: what a predecessor sent is not known."""
        self._not_before = max(self._not_before, instant)

    def recent(self, now: float) -> list[float]:
        """The departures of the last second, for whoever sends next."""
        return sorted(at for at in self._tickets if at > now - self._span - 0.2)


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
