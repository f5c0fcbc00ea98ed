"""How fast a number may send: an exact guard on departures, for one number and for one pair.

Pure: instants are seconds of one clock given by the caller, and nothing waits in here.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable

PAIR_INTERVAL = 6.0  # seconds per message from one number to one person (Meta's pair limit) …
PAIR_BURST = 45  # … of which so many may go at once, borrowed from the future
NEVER = float("-inf")
SPACING = 1.1  # departures are spaced at this times the limit, so that the guard only forbids
ANSWERS_SPAN = 2.0  # seconds of answers that are judged together
CROWD = 16  # one refusal in so many answers is about the pace …
STRAY = 3  # … if there are so many; or half of all answers, however few


class WindowGuard:
    """At most ``limit`` departures in any sliding second, as counted by the receiver.

    There are ``limit`` tickets. A departure takes one along and hands it back with the instant at
    which it left; the ticket is good again one second and ``margin`` later. A second then holds at
    most one departure of each ticket, in whatever order they really leave. (A token bucket lets
    almost twice the limit through.) At a lower pace some tickets rest, those used the longest ago.
    """

    def __init__(self, *, limit: int, margin: float, recent: Iterable[float] = ()) -> None:
        seed = sorted(recent)[-limit:]
        self._limit = self._pace = limit
        self._resting: list[float] = []
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
        self._rest_some()

    def keep_to(self, pace: int) -> None:
        """Let ``pace`` leave in any second from now on, never more than the limit."""
        pace = max(1, min(pace, self._limit))
        if pace == self._pace:
            return
        self._pace = pace
        self._gap = 1.0 / (SPACING * pace)
        while len(self._resting) > self._limit - pace:
            heapq.heappush(self._tickets, self._resting.pop())
        self._rest_some()

    def _rest_some(self) -> None:
        """Lay the oldest tickets aside; those under way follow when they come back."""
        while self._tickets and len(self._resting) < self._limit - self._pace:
            self._resting.append(heapq.heappop(self._tickets))

    def pause_until(self, instant: float) -> None:
        """Let nothing leave before ``instant``: what a predecessor sent is not known."""
        self._not_before = max(self._not_before, instant)

    def recent(self, now: float) -> list[float]:
        """The departures of the last second, for whoever sends next."""
        used = (*self._tickets, *self._resting)
        return sorted(at for at in used if at > now - self._span - 0.2)


class Answers:
    """What Meta has answered of late: whether it refuses a number's pace, or a stray message."""

    def __init__(self) -> None:
        self._taken: deque[float] = deque()
        self._refused: deque[float] = deque()

    def took(self, at: float) -> None:
        self._taken.append(at)
        self._forget(at)

    def refused(self, at: float) -> bool:
        """Note a refusal as too fast; tell whether it is more than one among very many."""
        self._refused.append(at)
        self._forget(at)
        refused = len(self._refused)
        answers = refused + len(self._taken)
        return 2 * refused >= answers or (refused >= STRAY and refused * CROWD >= answers)

    def taken_in_last_second(self, now: float) -> int:
        return sum(at > now - 1.0 for at in self._taken)

    def _forget(self, now: float) -> None:
        for instants in (self._taken, self._refused):
            while instants and instants[0] <= now - ANSWERS_SPAN:
                instants.popleft()


class PairPacer:
    """Meta's limit from one number to one person: one per 6 s, with a burst of 45.

    A burst is borrowed from the future: each message takes six seconds of it, and who is 45 ahead
    waits until all is paid back, 45 x 6 s after 45 at once. Then as much may be borrowed again.
    """

    def __init__(self, *, interval: float = PAIR_INTERVAL, burst: int = PAIR_BURST) -> None:
        self._interval = interval
        self._most = interval * (burst - 1)  # ahead by more, it is all borrowed
        self._paid_at: dict[int, float] = {}
        self._closed_until: dict[int, float] = {}

    def knows(self, contact_id: int) -> bool:
        """Whether anything is remembered of this person."""
        return contact_id in self._paid_at

    def next_departure(self, contact_id: int, now: float) -> float:
        """The earliest instant at which this person may get one more."""
        return max(now, self._closed_until.get(contact_id, now))

    def departed(self, contact_id: int, at: float) -> None:
        paid_at = max(self._paid_at.get(contact_id, at), at) + self._interval
        self._paid_at[contact_id] = paid_at
        if paid_at - at > self._most or self._closed_until.get(contact_id, at) > at:
            self._closed_until[contact_id] = paid_at
        if len(self._paid_at) > 10_000:
            self._paid_at = {key: paid for key, paid in self._paid_at.items() if paid > at}
            self._closed_until = {key: to for key, to in self._closed_until.items() if to > at}
