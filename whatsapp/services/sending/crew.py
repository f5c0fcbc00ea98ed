"""The threads that carry messages out: a slot first, the message with the highest priority second.

What was claimed waits here, in memory, for a tenth of a second at most. One thread at a time
stands at the door and waits for the next slot; the others are on their way, or queue behind it.
The sender's own thread only puts messages in and takes outcomes out, so that no departure ever
waits for the database.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from whatsapp.domain.pace import WindowGuard
from whatsapp.ports import Credentials
from whatsapp.services.outgoing.outbox import Claimed
from whatsapp.services.outgoing.sender_lease import Lease
from whatsapp.services.sending import courier
from whatsapp.services.sending.breakers import Keeper
from whatsapp.services.sending.courier import Gate
from whatsapp.services.sending.sieve import Sieve
from whatsapp.services.sending.verdicts import Outcome

HEAD_START = 0.004  # seconds before its slot in which a message is made ready to leave
LONGEST_LOOK = 0.1  # seconds at the door between two looks at what may have changed
LATENCIES = 200  # of so many calls the slowest 5 % say how many must be in flight


class Crew:
    """What is in hand, what is under way and what has ended, for one lease."""

    def __init__(
        self,
        *,
        lease: Lease,
        guard: WindowGuard,
        sieve: Sieve,
        breaker: Keeper,
        credentials: Credentials,
    ) -> None:
        self.lease = lease  # renewed by the sender
        self._guard, self._sieve, self._breaker = guard, sieve, breaker
        self._credentials = credentials
        self._door = threading.Lock()
        self._news = threading.Condition(threading.Lock())  # guards all that follows, and the guard
        self._ready: list[tuple[int, int, Claimed]] = []
        self._ended: list[Outcome] = []
        self._under_way = 0
        self._latencies: deque[float] = deque(maxlen=LATENCIES)
        self._threads: list[threading.Thread] = []
        self._is_closed = False

    def grow(self, *, to: int) -> None:
        """Have threads for all that is in hand or under way, but no more than ``to``."""
        while len(self._threads) < min(to, len(self._ready) + self._under_way):
            thread = threading.Thread(target=self._work, name="whatsapp-send", daemon=True)
            self._threads.append(thread)
            thread.start()

    def keep_to(self, pace: int) -> None:
        """Let so many leave in a second from now on."""
        with self._news:
            self._guard.keep_to(pace)

    def put(self, items: Iterable[Claimed]) -> None:
        """Take messages in; they leave in the order of their priority."""
        with self._news:
            for item in items:
                heapq.heappush(self._ready, (item.priority, item.outbox_id, item))
            self._news.notify()

    def take_back(self) -> list[Claimed]:
        """Give up what is in hand and not under way."""
        with self._news:
            items, self._ready = [item for _, _, item in self._ready], []
            return items

    def ended(self) -> list[Outcome]:
        """Hand over how calls ended, each once."""
        with self._news:
            self._breaker.count(now=self.lease.now())
            ended, self._ended = self._ended, []
            return ended

    def obey(self, stored: dict[str, Any]) -> None:
        """Let the breaker take over what somebody else wrote into its row."""
        with self._news:
            self._breaker.obey(stored)

    def put_ended(self, outcomes: list[Outcome]) -> None:
        """Keep outcomes that could not be written."""
        with self._news:
            self._ended = outcomes + self._ended

    @property
    def in_hand(self) -> int:
        """How many wait for their slot."""
        return len(self._ready)

    @property
    def under_way(self) -> int:
        """How many calls have not ended."""
        return self._under_way

    @property
    def is_busy(self) -> bool:
        """Whether anything is in hand, under way, or ended and not taken out."""
        with self._news:
            return bool(self._ready or self._ended or self._under_way)

    def slow_latency(self) -> float:
        """Seconds from departure to answer that 95 % of the last calls stayed under; 0 at first."""
        with self._news:
            ordered = sorted(self._latencies)
        return ordered[int(len(ordered) * 0.95)] if ordered else 0.0

    def close_door(self) -> None:
        """Let nothing more leave; what is under way ends as it may."""
        with self._news:
            self._is_closed = True
            self._news.notify()

    def leave(self) -> list[float]:
        """Wait for the threads, whose calls have ended; return the last second's departures."""
        for thread in self._threads:
            thread.join()
        return self._guard.recent(time.monotonic())

    def _work(self) -> None:
        while (found := self._next()) is not None:
            item, gate = found
            outcome = courier.carry(item, credentials=self._credentials, gate=gate)
            self._note(outcome, gate)

    def _next(self) -> tuple[Claimed, Gate] | None:
        """Wait at the door for a slot, then take a message; None when the crew is closed."""
        with self._door, self._news:
            while not self._is_closed:
                now = time.monotonic()
                slot = self._slot(now)
                if slot is not None and slot <= now + HEAD_START:
                    return self._take(slot)
                soon = LONGEST_LOOK if slot is None else slot - now - HEAD_START
                self._news.wait(min(soon, LONGEST_LOOK))
        return None

    def _slot(self, now: float) -> float | None:
        """When the next message may leave; None while none may."""
        if not self._ready or now >= self.lease.deadline:
            return None
        if not self._breaker.may_go(now=self.lease.at(now)):
            return None
        return self._guard.next_departure(now)

    def _take(self, slot: float) -> tuple[Claimed, Gate]:
        ticket = self._guard.take(slot)
        _, _, item = heapq.heappop(self._ready)
        self._under_way += 1
        self._sieve.departed(item)
        self._breaker.departing(now=self.lease.at(slot))
        return item, Gate(slot=slot, ticket=ticket, crew=self)

    def hand_back(self, used_at: float) -> None:
        """Return a ticket of the guard's, with the instant of its last use."""
        with self._news:
            self._guard.hand_back(used_at)

    def _note(self, outcome: Outcome, gate: Gate) -> None:
        gate.close()
        with self._news:
            if gate.held_back:  # it never left
                heapq.heappush(
                    self._ready, (outcome.item.priority, outcome.item.outbox_id, outcome.item)
                )
            else:
                self._ended.append(outcome)
            self._under_way -= 1
            if gate.left_at is not None and outcome.failure is None:
                self._latencies.append(time.monotonic() - gate.left_at)
            if not gate.held_back:
                self._breaker.hear(outcome, now=self.lease.now())
