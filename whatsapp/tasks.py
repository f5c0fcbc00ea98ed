"""Celery's doors: each reads the clock once and makes one service call. Rows are the queue."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from celery import shared_task
from celery.signals import beat_init, worker_init, worker_ready, worker_shutting_down
from django.apps import apps

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.services import (
    conversations,
    delivery,
    health,
    orders,
    settlement,
    templates,
    webhook_events,
)
from whatsapp.services.dialogue import sla
from whatsapp.services.events import gap_check
from whatsapp.services.notices import checks as notice_checks
from whatsapp.services.notices import otherwise as notice_otherwise
from whatsapp.services.notices import rescue as notice_rescue
from whatsapp.services.outgoing import uploads
from whatsapp.services.receiving import media, media_sweep
from whatsapp.services.sending.watch import Watch
from whatsapp.services.shared import change_log, idempotency
from whatsapp.services.statistics import rollup

_watch = Watch()


def _now() -> datetime:
    return datetime.now(tz=UTC)


def _enabled() -> bool:
    return whatsapp_settings().enabled


@worker_init.connect
def _start(**_: Any) -> None:
    delivery.stopping.clear()


@worker_ready.connect
def _keep_watch(**_: Any) -> None:
    _watch.start()


@worker_shutting_down.connect
def _stop(**_: Any) -> None:
    """Tell the senders of this process to give back what has not left."""
    delivery.stopping.set()
    _watch.stop()


@beat_init.connect
def forget_schedule(**_: Any) -> None:
    """Drop the rows of an earlier start when the module is switched off: beat only adds."""
    if not _enabled() and apps.is_installed("django_celery_beat"):
        rows = apps.get_model("django_celery_beat", "PeriodicTask").objects
        rows.filter(task__in=queue.QUEUES).delete()


@shared_task(name=queue.SEND_DUE)
def send_due(*, number_id: int) -> None:
    if _enabled():
        delivery.send_due(number_id=number_id)


@shared_task(name=queue.SWEEP_OUTBOX)
def sweep_outbox() -> None:
    if _enabled():
        settlement.sweep(now=_now())


class OneAtATime:
    """Does a job in one thread of the process; who comes meanwhile has it begin once more.

    If each wake-up came in, those that wait for a row somebody has locked would hold every thread.
    """

    def __init__(self, job: Callable[[], object]) -> None:
        self._job, self._lock = job, threading.Lock()
        self._is_busy = self._is_wanted = False

    def __call__(self) -> None:
        with self._lock:
            self._is_wanted = True
            if self._is_busy:
                return
            self._is_busy = True
        try:
            while self._begin():
                self._job()
        except BaseException:
            self._is_busy = False
            raise

    def _begin(self) -> bool:
        """Whether somebody came since the last beginning; if not, the next one finds it free."""
        with self._lock:
            self._is_busy, self._is_wanted = self._is_wanted, False
            return self._is_busy


def _process_events() -> None:
    while _enabled() and webhook_events.process_due(now=_now()):
        pass


_processor = OneAtATime(_process_events)


@shared_task(name=queue.PROCESS_WEBHOOK_EVENTS)
def process_webhook_events() -> None:
    _processor()


@shared_task(name=queue.FETCH_MEDIA)
def fetch_media() -> None:
    if _enabled():
        media.fetch_due(now=_now())


@shared_task(name=queue.UPLOAD_MEDIA)
def upload_media() -> None:
    if _enabled():
        uploads.upload_due(now=_now())


@shared_task(name=queue.DECIDE_ORDER_NOTICES)
def decide_order_notices() -> None:
    while _enabled() and orders.decide_due(now=_now()):
        pass


@shared_task(name=queue.FOLLOW_NOTICES)
def follow_notices() -> None:
    for step in (notice_rescue.rescue, notice_otherwise.watch):
        while _enabled() and step(now=_now()):
            pass


@shared_task(name=queue.CHECK_NOTICE_RULES)
def check_notice_rules() -> None:
    if _enabled():
        notice_checks.check(now=_now())


@shared_task(name=queue.ARCHIVE_RESOLVED)
def archive_resolved() -> None:
    if _enabled():
        conversations.archive_resolved(now=_now())
        media_sweep.sweep(now=_now())


@shared_task(name=queue.SYNC_TEMPLATE_STATUSES)
def sync_template_statuses() -> None:
    if _enabled():
        templates.sync_statuses(now=_now())


@shared_task(name=queue.MONITOR_SLA)
def monitor_sla() -> None:
    if _enabled():
        sla.monitor(now=_now())


@shared_task(name=queue.CHECK_NUMBERS)
def check_numbers() -> None:
    if _enabled():
        health.check_numbers(now=_now())


@shared_task(name=queue.CHECK_GAPS)
def check_gaps() -> None:
    if _enabled():
        gap_check.check(now=_now())


@shared_task(name=queue.ROLL_UP_STATS)
def roll_up_stats() -> None:
    if _enabled():
        rollup.roll_up(now=_now())


@shared_task(name=queue.RECOUNT_STATS)
def recount_stats() -> None:
    if _enabled():
        rollup.recount(now=_now())


@shared_task(name=queue.PURGE_WEBHOOK_EVENTS)
def purge_webhook_events() -> None:
    if _enabled():
        webhook_events.purge(now=_now())


@shared_task(name=queue.PURGE_IDEMPOTENCY_KEYS)
def purge_idempotency_keys() -> None:
    if _enabled():
        idempotency.purge(now=_now())


@shared_task(name=queue.PURGE_CHANGES)
def purge_changes() -> None:
    if _enabled():
        change_log.purge(now=_now())
