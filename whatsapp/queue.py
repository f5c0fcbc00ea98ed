"""Task names, and wake-ups: by name, after commit, once per transaction, never in the way.

The rows are the queue; a wake-up only hurries them along and the sweep finds what was missed. So a
request never waits for Redis: a thread publishes, over a connection of its own that gives up soon,
and drops every wake-up for ``wake_pause`` after one that failed.
"""

from __future__ import annotations

import atexit
import contextvars
import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from celery import current_app
from django.db import transaction
from kombu import Connection

from whatsapp.conf import whatsapp_settings

logger = logging.getLogger(__name__)

LAST_WORDS = 1.0  # seconds that a process which ends waits for its wake-ups; no request waits

SEND_QUEUE = "whatsapp_send"
RECEIVE_QUEUE = "whatsapp_receive"
JOBS_QUEUE = "whatsapp_jobs"

SEND_DUE = "whatsapp.send_due"
SWEEP_OUTBOX = "whatsapp.sweep_outbox"
PROCESS_WEBHOOK_EVENTS = "whatsapp.process_webhook_events"
FETCH_MEDIA = "whatsapp.fetch_media"
UPLOAD_MEDIA = "whatsapp.upload_media"
DECIDE_ORDER_NOTICES = "whatsapp.decide_order_notices"
FOLLOW_NOTICES = "whatsapp.follow_notices"
CHECK_NOTICE_RULES = "whatsapp.check_notice_rules"
ARCHIVE_RESOLVED = "whatsapp.archive_resolved"
SYNC_TEMPLATE_STATUSES = "whatsapp.sync_template_statuses"
MONITOR_SLA = "whatsapp.monitor_sla"
CHECK_NUMBERS = "whatsapp.check_numbers"
CHECK_GAPS = "whatsapp.check_gaps"
ROLL_UP_STATS = "whatsapp.roll_up_stats"
RECOUNT_STATS = "whatsapp.recount_stats"
PURGE_WEBHOOK_EVENTS = "whatsapp.purge_webhook_events"
PURGE_IDEMPOTENCY_KEYS = "whatsapp.purge_idempotency_keys"
PURGE_CHANGES = "whatsapp.purge_changes"

QUEUES: Mapping[str, str] = {
    SEND_DUE: SEND_QUEUE,
    SWEEP_OUTBOX: SEND_QUEUE,
    PROCESS_WEBHOOK_EVENTS: RECEIVE_QUEUE,
    FETCH_MEDIA: RECEIVE_QUEUE,
    UPLOAD_MEDIA: JOBS_QUEUE,
    DECIDE_ORDER_NOTICES: JOBS_QUEUE,
    FOLLOW_NOTICES: JOBS_QUEUE,
    CHECK_NOTICE_RULES: JOBS_QUEUE,
    ARCHIVE_RESOLVED: JOBS_QUEUE,
    SYNC_TEMPLATE_STATUSES: JOBS_QUEUE,
    MONITOR_SLA: JOBS_QUEUE,
    CHECK_NUMBERS: JOBS_QUEUE,
    CHECK_GAPS: JOBS_QUEUE,
    ROLL_UP_STATS: JOBS_QUEUE,
    RECOUNT_STATS: JOBS_QUEUE,
    PURGE_WEBHOOK_EVENTS: JOBS_QUEUE,
    PURGE_IDEMPOTENCY_KEYS: JOBS_QUEUE,
    PURGE_CHANGES: JOBS_QUEUE,
}


# Seconds between two wake-ups of a task that many commits a second ask for: each costs more than
# what it tells of. Whom a person waits for has none.
RESTS: Mapping[str, float] = {PROCESS_WEBHOOK_EVENTS: 0.1}


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A task to wake: its name and its keyword arguments."""

    name: str
    ids: tuple[tuple[str, int], ...]


_commit = threading.local()  # ``woken``: what the next commit of this thread has woken


def enqueue(name: str, **ids: int) -> None:
    """Wake a task after commit; many of one kind in a transaction are one wake-up.

    They are coalesced when the callbacks run, not when they are registered: a savepoint that is
    rolled back drops its callback, and must not take the others' with it.
    """
    call = Call(name=name, ids=tuple(sorted(ids.items())))
    transaction.on_commit(partial(_wake_once, _woken(), call), robust=True)


def wake(name: str, **ids: int) -> None:
    """Wake a task whose rows are committed, by a connection that is not Django's. Never waits."""
    _waker.wake(Call(name=name, ids=tuple(sorted(ids.items()))))


def _woken() -> set[Call]:
    """What the commit to come has woken; the callbacks registered before it share it."""
    if not hasattr(_commit, "woken"):
        _commit.woken = set()
    woken: set[Call] = _commit.woken
    return woken


def _wake_once(woken: set[Call], call: Call) -> None:
    if _woken() is woken:
        del _commit.woken  # what is registered from now on belongs to another commit
    if call not in woken:
        woken.add(call)
        _waker.wake(call)


class _Waker:
    """One thread per process that publishes wake-ups; what is already waiting is not added.

    Each leaves in the context of whoever asked first: the host binds the request's id to it, and
    a thread inherits none.
    """

    def __init__(self) -> None:
        self._waiting: dict[Call, contextvars.Context] = {}
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._connection: Connection | None = None
        self._rests_until: dict[Call, float] = {}
        self._quiet_until = 0.0
        self._busy = False

    def wake(self, call: Call) -> None:
        if not whatsapp_settings().enabled or time.monotonic() < self._quiet_until:
            return
        with self._news:
            if call in self._waiting:  # its thread knows, and comes by itself
                return
            self._waiting[call] = contextvars.copy_context()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="whatsapp-wake", daemon=True)
                self._thread.start()
                atexit.register(self.flush)
            self._news.notify_all()

    def flush(self) -> None:
        """Wait for what is being published; for the end of a short process."""
        with self._news:
            self._news.wait_for(lambda: not (self._waiting or self._busy), timeout=LAST_WORDS)

    def _run(self) -> None:
        while True:
            with self._news:
                calls = self._due()
                self._busy = True
            self._publish_all(calls)
            with self._news:
                self._busy = False
                self._news.notify_all()

    def _due(self) -> dict[Call, contextvars.Context]:
        """Wait for wake-ups that need not rest, and take them; ``_news`` is held."""
        while True:
            now = time.monotonic()
            rests = {call: self._rests_until.get(call, now) - now for call in self._waiting}
            due = {call: self._waiting.pop(call) for call, rest in rests.items() if rest <= 0}
            if due:
                tired = {call: now + RESTS[call.name] for call in due if call.name in RESTS}
                self._rests_until |= tired
                return due
            self._news.wait(min(rests.values(), default=None))

    def _publish_all(self, calls: Mapping[Call, contextvars.Context]) -> None:
        try:
            self._connection = self._connection or _connect()
            for call, context in calls.items():
                context.run(_publish, call, self._connection)
        except Exception as error:  # the thread must outlive any broker trouble
            self._quiet_until = time.monotonic() + whatsapp_settings().wake_pause.total_seconds()
            self._connection = None  # an answer may still be under way in it
            with self._news:
                self._waiting.clear()  # they came while this one failed
            logger.warning(
                "wake-up failed, the sweep will find the rows", extra={"error": str(error)}
            )


def _connect() -> Connection:
    """Connect apart from Celery's pool, whose connections wait for a hung broker without end."""
    seconds = whatsapp_settings().wake_timeout.total_seconds()
    limits = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    return current_app.connection_for_write(connect_timeout=seconds, transport_options=limits)


def _publish(call: Call, connection: Connection) -> None:
    signature = current_app.signature(call.name, kwargs=dict(call.ids), queue=QUEUES[call.name])
    signature.apply_async(retry=False, connection=connection)


_waker = _Waker()


def start_afresh() -> None:
    """Forget thread, connection and pause: a forked child has its parent's, which are not its."""
    global _waker
    _waker = _Waker()


os.register_at_fork(after_in_child=start_afresh)
