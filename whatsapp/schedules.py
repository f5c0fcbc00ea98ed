"""The beat schedule as data, for django-celery-beat; the host's Celery app takes it as it is.

Timings live here and win at restart; a job that an operator pauses in the admin stays paused.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from celery.schedules import BaseSchedule, schedule
from django_celery_beat.tzcrontab import TzAwareCrontab

from whatsapp import queue
from whatsapp.conf import whatsapp_settings

SHOP_TIME = ZoneInfo("Europe/Bucharest")  # the shop's night, whatever the host's time zone


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Every job by its task's name, with time and queue; none when the module is disabled."""
    if not whatsapp_settings().enabled:
        return {}
    minute, quarter = timedelta(minutes=1), timedelta(minutes=15)
    hour, hours = timedelta(hours=1), timedelta(hours=6)
    jobs: dict[str, tuple[BaseSchedule, timedelta]] = {
        queue.SWEEP_OUTBOX: (schedule(minute), minute),  # it wakes whoever else has work
        queue.MONITOR_SLA: (_at(minute="*/15"), quarter),
        queue.CHECK_NUMBERS: (_at(minute=40), hour),  # health must not ask Meta in a probe
        # daily, and again for what Meta did not answer or still counts otherwise
        queue.CHECK_GAPS: (_at(hour="5,9,13,17", minute=50), hours),
        queue.ROLL_UP_STATS: (schedule(minute), minute),
        queue.SYNC_TEMPLATE_STATUSES: (_at(hour="*/6", minute=20), hours),
        queue.ARCHIVE_RESOLVED: (_at(hour=1, minute=0), hours),
        # not between 3 and 4: that hour is missing in March and comes twice in October
        queue.PURGE_WEBHOOK_EVENTS: (_at(hour=2, minute=30), hours),
        queue.PURGE_IDEMPOTENCY_KEYS: (_at(hour=2, minute=45), hours),
        queue.PURGE_CHANGES: (_at(hour=2, minute=50), hours),
        queue.RECOUNT_STATS: (_at(hour=4, minute=10), hours),
        queue.CHECK_NOTICE_RULES: (_at(hour=4, minute=30), hours),
    }
    return {name: _entry(name, when, stale_after) for name, (when, stale_after) in jobs.items()}


def _at(*, hour: int | str = "*", minute: int | str) -> TzAwareCrontab:
    return TzAwareCrontab(hour=hour, minute=minute, tz=SHOP_TIME)


def _entry(name: str, when: BaseSchedule, stale_after: timedelta) -> dict[str, Any]:
    """A job that waited longer in the queue is dropped: the next one does its work."""
    options = {"queue": queue.QUEUES[name], "expire_seconds": int(stale_after.total_seconds())}
    return {"task": name, "schedule": when, "options": options}
