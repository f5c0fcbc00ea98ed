"""The sender of one business number: claim what is due, keep the pace, send, write down the end.

One process sends for a number at a time (``sender_lease``). Its main loop owns the rows; the
threads of its crew do nothing but one HTTP call each, at the slots the guard gives
them. No transaction waits for the network, and no departure for the database.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import suppress
from datetime import timedelta

from django.db import Error as DatabaseError
from django.db import connection

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.pace import WindowGuard
from whatsapp.models import BusinessNumber
from whatsapp.ports import Credentials
from whatsapp.services.outgoing import outbox, sender_lease
from whatsapp.services.outgoing.outbox import LeaseLostError
from whatsapp.services.outgoing.sender_lease import Lease
from whatsapp.services.sending import breakers, outcomes, returns
from whatsapp.services.sending.crew import Crew
from whatsapp.services.sending.sieve import Sieve

logger = logging.getLogger(__name__)

BEAT = 0.04  # seconds between two rounds: results written, work claimed
LOOK_AHEAD = 0.1  # seconds of work claimed ahead, so that a reply overtakes a broadcast
LINGER = 0.5  # seconds of idleness before letting go
WAIT_FOR_DUE = timedelta(seconds=60)  # a row due within this time is waited for
TURN = 30.0  # seconds of work before another number's turn
OVERDUE = timedelta(seconds=1)  # how long another number's rows lie before it counts as waiting
LAST_WRITES = 600.0  # seconds to get the last results written when the database is away …
LAST_WRITES_STOPPING = 20.0  # … and when the process was told to end
FEWEST_IN_FLIGHT = 10
QUICK, SLOW = 0.1, 0.5  # seconds to an answer, at best and at worst, until the first ones have come
HEADROOM = 1.25  # in flight: limit x latency x this

stopping = threading.Event()  # set when the worker is told to stop: undeparted rows go back


def send_due(*, number_id: int) -> None:
    """Send what is due for a number, if nobody else does; return when there is nothing more.

    A caller that finds the lease taken goes away: the holder looks once more after letting go, and
    should it die, the watch of any worker wakes a successor.
    """
    lease = sender_lease.elect(number_id=number_id)
    if lease is None:
        return
    try:
        sender = Sender(lease)
    except BaseException:
        sender_lease.release(lease, departures=list(lease.departures))
        raise
    sender.run()
    if _is_due(number_id) and not breakers.is_open(number_id=number_id):
        queue.enqueue(queue.SEND_DUE, number_id=number_id)  # for another worker, if this one ends


def _is_due(number_id: int) -> bool:
    rest = outbox.next_due_in(number_id=number_id)
    return rest is not None and rest <= timedelta(0)


class Sender:
    """Holds the lease, the guard and the crew while there is work."""

    def __init__(self, lease: Lease) -> None:
        conf = whatsapp_settings()
        number = _number(lease)
        guard = WindowGuard(
            limit=number.pace,
            margin=conf.sender_margin.total_seconds(),
            recent=lease.departures,
        )
        guard.pause_until(lease.silent_until)
        self._lease = lease
        self._terms = _terms(number)
        self._limit = number.pace
        self._most_in_flight = conf.sender_concurrency
        self._sieve = Sieve(lease=lease)
        self._breaker = breakers.Keeper(number=number, lease=lease)
        self._crew = Crew(
            lease=lease,
            guard=guard,
            sieve=self._sieve,
            breaker=self._breaker,
            credentials=Credentials(
                phone_number_id=number.phone_number_id,
                waba_id=number.account_id,
                token=number.token,
            ),
        )
        self._renew_at = self._ask_at = 0.0
        self._is_claiming = False  # from asking for rows to having them in hand
        self._has_new_terms = False  # for the next holder to keep

    def run(self) -> None:
        """Work until nothing is due; give back what did not leave, and the lease with it."""
        started = busy_at = time.monotonic()
        try:
            while not stopping.is_set():
                self._keep_lease()
                self._write_results()
                self._claim()
                if self._crew.is_busy:
                    busy_at = time.monotonic()
                if self._has_new_terms or self._may_leave(started=started, busy_at=busy_at):
                    break
                time.sleep(BEAT)
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
        self._lease = self._crew.lease = renewed
        self._renew_at = now + whatsapp_settings().sender_renew.total_seconds()
        self._has_new_terms = _terms(_number(renewed)) != self._terms
        if (stored := self._breaker.others_word()) is not None:
            self._crew.obey(stored)
        returns.take_over(lease=self._lease)

    def _claim(self) -> None:
        """Take what the next tenth of a second can send; nothing in hand while the breaker rests.

        What waits in hand can be neither called back nor overtaken.
        """
        pace = self._breaker.pace(now=self._lease.now())
        self._crew.keep_to(pace)
        latency = self._crew.slow_latency()
        reach = min(pace, self._most_in_flight / (latency or QUICK))
        hand = min(max(1, int(reach * LOOK_AHEAD)), self._breaker.room(now=self._lease.now()))
        if not hand:
            self._give_back()
        self._sieve.return_owed()
        room = int(hand) - self._crew.in_hand
        if room > 0:
            self._is_claiming = True
            claimed = outbox.claim(lease=self._lease, limit=room)
            self._crew.put(self._sieve.sift(claimed, now=self._lease.now()))
            self._is_claiming = False
        self._crew.grow(to=self._wanted_in_flight(latency or SLOW))

    def _wanted_in_flight(self, latency: float) -> int:
        """How many calls at once the limit needs at the latency measured, capped."""
        needed = max(FEWEST_IN_FLIGHT, math.ceil(self._limit * latency * HEADROOM))
        return min(needed, self._most_in_flight)

    def _write_results(self) -> None:
        """Record what ended; the database away, the results wait here."""
        ended = self._crew.ended()
        try:
            if ended:
                self._crew.put_ended(outcomes.record(outcomes=ended, now=self._lease.now()))
        except BaseException:
            self._crew.put_ended(ended)
            raise
        self._breaker.keep()

    def _may_leave(self, *, started: float, busy_at: float) -> bool:
        """Nothing to do and nothing soon, or another number's turn."""
        now = time.monotonic()
        is_idle = now - busy_at >= LINGER
        if now < self._ask_at or not (is_idle or now - started > TURN):
            return False
        self._ask_at = now + LINGER
        if outbox.neglected(since=OVERDUE):  # never our own: its lease is ours
            return True
        if not is_idle:
            return False
        due_in = outbox.next_due_in(number_id=self._lease.number_id)
        rest = self._breaker.rest(now=self._lease.now())
        return due_in is None or rest is None or max(due_in, rest) > WAIT_FOR_DUE

    def _give_back(self) -> None:
        """Return what is in hand to the queue; what somebody has locked stays, for the next try."""
        items = self._crew.take_back()
        try:
            self._crew.put(returns.give_back(items=items))
        except DatabaseError:
            self._crew.put(items)
            raise

    def _finish(self) -> None:
        """Give back what did not leave, wait for what is in flight, write it down, let go.

        The lease is kept meanwhile, so that nobody doubts what we are about to know; and released
        with exact departures whatever happened, since nothing leaves any more.
        """
        started = time.monotonic()
        self._crew.close_door()
        while not self._is_settled():
            patience = LAST_WRITES_STOPPING if stopping.is_set() else LAST_WRITES
            if time.monotonic() - started > patience:
                raise TimeoutError("The results of the last sends could not be written down.")
            time.sleep(BEAT)
        sender_lease.release(self._lease, departures=self._crew.leave())

    def _is_settled(self) -> bool:
        """Whether nothing is in flight and all is written; False too while the database is away."""
        is_last = not self._crew.under_way  # what ended before this look is written now
        try:
            self._give_back()
            self._sieve.return_owed()
            self._write_results()
            with suppress(LeaseLostError):
                self._keep_lease()
            # What is answered, and could not be written yet, is unknown to nobody but the rows
            is_last = is_last and not (self._crew.is_busy or self._sieve.owes)
            if is_last and self._is_claiming:  # an answer was lost, or a look at it failed
                self._is_claiming = not returns.give_back_unknown(lease=self._lease)
        except DatabaseError:
            connection.close()
            return False
        return is_last and not self._is_claiming


def _number(lease: Lease) -> BusinessNumber:
    return BusinessNumber.objects.get(pk=lease.number_id)


def _terms(number: BusinessNumber) -> tuple[int, str]:
    """What a sender keeps to as long as it holds the lease."""
    return number.pace, number.token
