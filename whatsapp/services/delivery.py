"""The sender of one business number: claim what is due, keep the pace, send, write down the end.

One process sends for a number at a time (``sender_lease``). Its main loop owns the rows and the
clock; threads do nothing but one HTTP call each (``courier``). No transaction waits
for the network.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from django.db import Error as DatabaseError
from django.db import connection

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.pace import WindowGuard
from whatsapp.models import BusinessNumber
from whatsapp.ports import Credentials
from whatsapp.services import breakers, courier, outbox, outcomes, sender_lease
from whatsapp.services.outbox import Claimed, LeaseLostError
from whatsapp.services.outcomes import Outcome
from whatsapp.services.sender_lease import Lease
from whatsapp.services.sieve import Sieve

logger = logging.getLogger(__name__)

TICK = 0.1  # seconds between looks for new work
FLUSH = 0.05  # seconds between writes of results
LOOK_AHEAD = 0.1  # seconds of work claimed ahead, so that a reply overtakes a broadcast
LINGER = 0.5  # seconds of idleness before letting go
WAIT_FOR_DUE = timedelta(seconds=60)  # a row due within this time is waited for
TURN = 30.0  # seconds of work before another number's turn
OVERDUE = timedelta(seconds=1)  # how long another number's rows lie before it counts as waiting
LAST_WRITES = 600.0  # seconds to get the last results written when the database is away …
LAST_WRITES_STOPPING = 20.0  # … and when the process was told to end
FEWEST_IN_FLIGHT = 10
HEADROOM = 1.25  # in flight: limit x latency x this

stopping = threading.Event()  # set when the worker is told to stop: undeparted rows go back


def send_due(*, number_id: int, may_return: bool = True) -> None:
    """Send what is due for a number, if nobody else does; return when there is nothing more.

    A caller that finds the lease taken goes away and comes back once, when the lease would end;
    once only, or the wake-ups of a long broadcast would go round and round.
    """
    lease = sender_lease.elect(number_id=number_id)
    if lease is None:
        if may_return and _is_due(number_id):
            rest = sender_lease.ends_in(number_id=number_id) + timedelta(seconds=1)
            queue.enqueue_later(queue.SEND_DUE, delay=rest, number_id=number_id, may_return=0)
        return
    Sender(lease).run()
    if _is_due(number_id) and not breakers.is_open(number_id=number_id):
        queue.enqueue(queue.SEND_DUE, number_id=number_id)  # for another worker, if this one ends


def _is_due(number_id: int) -> bool:
    due_at = outbox.next_due_at(number_id=number_id)
    return due_at is not None and due_at <= _now()


def _now() -> datetime:
    return datetime.now(tz=UTC)


class Sender:
    """Holds the lease, the guard and the threads while there is work."""

    def __init__(self, lease: Lease) -> None:
        conf = whatsapp_settings()
        number = BusinessNumber.objects.get(pk=lease.number_id)
        self._lease = lease
        self._credentials = Credentials(
            phone_number_id=number.phone_number_id, waba_id=number.account_id, token=number.token
        )
        self._limit = number.messages_per_second
        self._guard = WindowGuard(
            limit=self._limit,
            margin=conf.sender_margin.total_seconds(),
            recent=lease.departures,
        )
        self._guard.pause_until(lease.silent_until)
        self._sieve = Sieve()
        self._breaker = breakers.Keeper(number=number, lease=lease)
        self._pool = ThreadPoolExecutor(conf.sender_concurrency, thread_name_prefix="whatsapp-send")
        self._news = threading.Condition()  # guards the four below, and the guard
        self._ready: list[Claimed] = []
        self._ended: list[Outcome] = []
        self._in_flight = 0
        self._latencies: deque[float] = deque(maxlen=100)
        self._claim_at = self._write_at = self._renew_at = self._ask_at = 0.0

    def run(self) -> None:
        """Work until nothing is due; give back what did not leave, and the lease with it."""
        started = busy_at = time.monotonic()
        try:
            while not stopping.is_set():
                self._keep_lease()
                self._write_results()
                self._claim()
                look_at = self._dispatch()
                if self._ready or self._in_flight or self._ended:
                    busy_at = time.monotonic()
                if self._may_leave(started=started, busy_at=busy_at):
                    break
                self._wait(until=look_at)
        except LeaseLostError:
            logger.warning("sender lost its lease", extra={"number": self._lease.number_id})
        except DatabaseError as error:
            logger.warning("sender lost its database", extra={"error": type(error).__name__})
        finally:
            self._finish()

    def _keep_lease(self) -> None:
        """Renew the lease when it is time, and look after what dead senders left behind."""
        now = time.monotonic()
        if now < self._renew_at:
            return
        renewed = sender_lease.renew(self._lease)
        if renewed is None:
            raise LeaseLostError
        self._lease = renewed
        self._renew_at = now + whatsapp_settings().sender_renew.total_seconds()
        outbox.take_over(lease=self._lease)

    def _room(self) -> int:
        """How many to claim now: a tenth of a second's work, one probe, or none.

        Never less than half a hand, or each departure would cost a claim. Negative while the
        breaker rests with rows in hand.
        """
        hand = int(min(max(1, int(self._limit * LOOK_AHEAD)), self._breaker.room(now=_now())))
        free = hand - len(self._ready)
        return free if free < 0 or 2 * free >= hand else 0

    def _claim(self) -> None:
        """Take what the next tenth of a second can send; nothing in hand while the breaker rests.

        What waits in hand can be neither called back nor overtaken.
        """
        now = time.monotonic()
        room = self._room()
        if room < 0:
            self._give_back()
        if now < self._claim_at or room <= 0:
            return
        claimed = outbox.claim(lease=self._lease, limit=room)
        # a full hand means that there is more: look again as soon as there is room
        self._claim_at = now if len(claimed) == room else now + TICK
        ready = self._sieve.sift(claimed, now=_now())
        with self._news:
            self._ready = sorted(
                [*self._ready, *ready], key=lambda item: (item.priority, item.outbox_id)
            )

    def _dispatch(self) -> float:
        """Take a slot first, then the message with the highest priority; say when to look again."""
        while self._ready and self._in_flight < self._concurrency():
            now = time.monotonic()
            if self._breaker.room(now=_now()) == 0:
                break
            with self._news:
                earliest = self._guard.next_departure(now)
                if earliest is None:
                    break
                if earliest > now:
                    return earliest
                item = self._ready.pop(0)
                lane = self._guard.take(now)
                self._in_flight += 1
            self._sieve.departed(item)
            self._breaker.departing(now=_now())
            self._pool.submit(self._carry, item, lane)
        return time.monotonic() + TICK

    def _concurrency(self) -> int:
        """How many may be in flight: what the limit needs at the latency measured, capped."""
        ordered = sorted(self._latencies)
        slow = ordered[int(len(ordered) * 0.95)] if ordered else 0.0
        needed = max(FEWEST_IN_FLIGHT, math.ceil(self._limit * slow * HEADROOM))
        return min(needed, whatsapp_settings().sender_concurrency)

    def _carry(self, item: Claimed, lane: int) -> None:
        """In a thread of the pool: one call, its end noted for the main loop."""
        gate = courier.Gate(
            guard=self._guard, lane=lane, lock=self._news, deadline=self._lease.deadline
        )
        started = time.monotonic()
        outcome = courier.carry(item, credentials=self._credentials, gate=gate)
        with self._news:
            self._guard.release(lane)
            self._in_flight -= 1
            self._latencies.append(time.monotonic() - started)
            if gate.held_back:
                self._ready.append(item)  # it never left
            else:
                self._ended.append(outcome)
            self._news.notify_all()

    def _write_results(self, *, at_once: bool = False) -> None:
        """Record what ended, in batches; the database away, the results wait here."""
        now = time.monotonic()
        if not at_once and now < self._write_at:
            return
        with self._news:
            ended, self._ended = self._ended, []
        if not ended:
            return
        self._write_at = now + FLUSH
        try:
            outcomes.record(outcomes=ended, now=_now())
        except DatabaseError:
            with self._news:
                self._ended = ended + self._ended
            raise
        self._breaker.learn(ended, now=_now())

    def _may_leave(self, *, started: float, busy_at: float) -> bool:
        """Nothing to do and nothing soon, or another number's turn."""
        now = time.monotonic()
        is_idle = now - busy_at >= LINGER
        if now < self._ask_at or not (is_idle or now - started > TURN):
            return False
        self._ask_at = now + LINGER
        number_id = self._lease.number_id
        if outbox.others_waiting(number_id=number_id, before=_now() - OVERDUE):
            return True
        if not is_idle:
            return False
        due_at = outbox.next_due_at(number_id=number_id)
        rest = self._breaker.rest(now=_now())
        if due_at is None or rest is None:
            return True
        return max(due_at, _now() + rest) > _now() + WAIT_FOR_DUE

    def _wait(self, *, until: float) -> None:
        """Sleep until the next departure, write or look for work, or until something ends."""
        with self._news:
            now = time.monotonic()
            wake_at = min(until, now + TICK)
            if self._ended:
                wake_at = min(wake_at, self._write_at)
            if self._room() > 0:
                wake_at = min(wake_at, self._claim_at)
            if wake_at > now:
                self._news.wait(timeout=wake_at - now)

    def _give_back(self) -> None:
        """Return what is in hand to the queue."""
        with self._news:
            items, self._ready = self._ready, []
        try:
            outbox.give_back(items=items)
        except DatabaseError:
            with self._news:
                self._ready += items
            raise

    def _finish(self) -> None:
        """Give back what did not leave, wait for what is in flight, write it down, let go.

        The lease is kept meanwhile, so that nobody doubts what we are about to know; and released
        with exact departures whatever happened, since nothing leaves any more.
        """
        started = time.monotonic()
        while not self._is_settled():
            patience = LAST_WRITES_STOPPING if stopping.is_set() else LAST_WRITES
            if time.monotonic() - started > patience:
                raise TimeoutError("The results of the last sends could not be written down.")
            with self._news:
                self._news.wait(timeout=TICK)
        self._pool.shutdown()
        sender_lease.release(self._lease, departures=self._guard.recent(time.monotonic()))

    def _is_settled(self) -> bool:
        """Whether nothing is in flight and all is written; False too while the database is away."""
        with self._news:
            is_last = not self._in_flight  # what ended before this look is written now
        try:
            self._give_back()
            self._write_results(at_once=True)
            with suppress(LeaseLostError):
                self._keep_lease()
        except DatabaseError:
            connection.close()
            return False
        return is_last
