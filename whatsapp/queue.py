"""Task names, and wake-ups: by name, after commit, once per transaction, never in the way.

The rows are the queue; a wake-up only hurries them along and the sweep finds what was missed. So a
request never waits for Redis: a thread publishes, does not retry, and drops every wake-up for
``WAKE_PAUSE`` after one that failed.
"""

from __future__ import annotations

import atexit
import contextvars
import logging
import os
import threading
import time
from collections.abc import Mapping
from datetime import timedelta

from celery import current_app
from django.db import transaction

from whatsapp.conf import whatsapp_settings

logger = logging.getLogger(__name__)

SEND_QUEUE = "whatsapp_send"
RECEIVE_QUEUE = "whatsapp_receive"
JOBS_QUEUE = "whatsapp_jobs"

SEND_DUE = "whatsapp.send_due"
SWEEP_OUTBOX = "whatsapp.sweep_outbox"
PROCESS_WEBHOOK_EVENTS = "whatsapp.process_webhook_events"
FETCH_MEDIA = "whatsapp.fetch_media"
UPLOAD_MEDIA = "whatsapp.upload_media"
DECIDE_ORDER_NOTICES = "whatsapp.decide_order_notices"
ARCHIVE_RESOLVED = "whatsapp.archive_resolved"
SYNC_TEMPLATE_STATUSES = "whatsapp.sync_template_statuses"
MONITOR_SLA = "whatsapp.monitor_sla"
CHECK_NUMBERS = "whatsapp.check_numbers"
PURGE_WEBHOOK_EVENTS = "whatsapp.purge_webhook_events"

QUEUES: Mapping[str, str] = {
    SEND_DUE: SEND_QUEUE,
    SWEEP_OUTBOX: SEND_QUEUE,
    PROCESS_WEBHOOK_EVENTS: RECEIVE_QUEUE,
    FETCH_MEDIA: RECEIVE_QUEUE,
    UPLOAD_MEDIA: JOBS_QUEUE,
    DECIDE_ORDER_NOTICES: JOBS_QUEUE,
    ARCHIVE_RESOLVED: JOBS_QUEUE,
    SYNC_TEMPLATE_STATUSES: JOBS_QUEUE,
    MONITOR_SLA: JOBS_QUEUE,
    CHECK_NUMBERS: JOBS_QUEUE,
    PURGE_WEBHOOK_EVENTS: JOBS_QUEUE,
}

Call = tuple[str, tuple[tuple[str, int], ...]]  # task name, its keyword arguments


def enqueue(name: str, **ids: int) -> None:
    """Wake a task after commit; many of one kind in a transaction are one wake-up.

    They are coalesced when the callbacks run, not when they are registered: a savepoint that is
    rolled back drops its callback, and must not take the others' with it.
    """
    call: Call = (name, tuple(sorted(ids.items())))
    # The host's log binds the request's id to the context, which no thread inherits
    context = contextvars.copy_context()
    transaction.on_commit(lambda: _waker.wake(call, context=context), robust=True)


def enqueue_later(name: str, *, delay: timedelta, **ids: int) -> None:
    """Wake a task after ``delay``, under a minute: longer waits live in ``next_attempt_at``."""
    _publish((name, tuple(sorted(ids.items()))), countdown=delay.total_seconds())


def _publish(call: Call, *, countdown: float = 0.0) -> None:
    name, ids = call
    signature = current_app.signature(name, kwargs=dict(ids), queue=QUEUES[name])
    signature.apply_async(countdown=countdown, retry=False)


class _Waker:
    """One thread per process that publishes wake-ups; what is already waiting is not added.

    Each is published in the context of whoever asked for it first.
    """

    def __init__(self) -> None:
        self._waiting: dict[Call, contextvars.Context] = {}
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._quiet_until = 0.0
        self._busy = False

    def wake(self, call: Call, *, context: contextvars.Context) -> None:
        if not whatsapp_settings().enabled or time.monotonic() < self._quiet_until:
            return
        with self._news:
            self._waiting.setdefault(call, context)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="whatsapp-wake", daemon=True)
                self._thread.start()
                atexit.register(self.flush)
            self._news.notify_all()

    def flush(self) -> None:
        """Give what waits the time one wake-up may take; for the end of a short process."""
        wait = whatsapp_settings().wake_timeout.total_seconds()
        with self._news:
            self._news.wait_for(lambda: not (self._waiting or self._busy), timeout=wait)

    def _run(self) -> None:
        while True:
            with self._news:
                self._busy = False
                self._news.notify_all()
                self._news.wait_for(lambda: bool(self._waiting))
                calls, self._waiting = self._waiting, {}
                self._busy = True
            self._publish_all(calls)

    def _publish_all(self, calls: Mapping[Call, contextvars.Context]) -> None:
        try:
            for call, context in calls.items():
                context.run(_publish, call)
        except Exception as error:  # the thread must outlive any broker trouble
            self._quiet_until = time.monotonic() + whatsapp_settings().wake_pause.total_seconds()
            logger.warning(
                "wake-up failed, the sweep will find the rows", extra={"error": str(error)}
            )


_waker = _Waker()


def _renew() -> None:
    """A forked child has the parent's object but not its thread."""
    global _waker
    _waker = _Waker()


os.register_at_fork(after_in_child=_renew)
