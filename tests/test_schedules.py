"""The beat schedule: every job is a task somebody runs, at the shop's hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from celery.signals import beat_init
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from cypher_erp.celery import app
from whatsapp import queue
from whatsapp.schedules import beat_schedule


def test_every_entry_names_a_registered_task_and_its_queue():
    app.loader.import_default_modules()

    entries = beat_schedule()

    assert {entry["task"] for entry in entries.values()} <= set(app.tasks)
    for entry in entries.values():
        assert entry["options"]["queue"] == queue.QUEUES[entry["task"]]


def test_the_rounds_are_scheduled_and_what_they_wake_is_not():
    assert set(beat_schedule()) == {
        queue.SWEEP_OUTBOX,
        queue.MONITOR_SLA,
        queue.CHECK_NUMBERS,
        queue.CHECK_GAPS,
        queue.SYNC_TEMPLATE_STATUSES,
        queue.ARCHIVE_RESOLVED,
        queue.ROLL_UP_STATS,
        queue.RECOUNT_STATS,
        queue.PURGE_WEBHOOK_EVENTS,
        queue.PURGE_IDEMPOTENCY_KEYS,
        queue.PURGE_CHANGES,
        queue.CHECK_NOTICE_RULES,
    }


def test_disabled_module_has_no_jobs(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "ENABLED": False}

    assert beat_schedule() == {}


@pytest.mark.django_db
def test_beat_of_a_disabled_module_drops_what_an_earlier_start_left(settings):
    app.loader.import_default_modules()  # as beat does before it begins
    every = IntervalSchedule.objects.create(every=1, period="minutes")
    for task in (queue.SWEEP_OUTBOX, "erp.backup"):
        PeriodicTask.objects.create(name=task, task=task, interval=every)

    beat_init.send(sender=None)
    assert PeriodicTask.objects.filter(task=queue.SWEEP_OUTBOX).exists()

    settings.WHATSAPP = {**settings.WHATSAPP, "ENABLED": False}
    beat_init.send(sender=None)
    assert list(PeriodicTask.objects.values_list("task", flat=True)) == ["erp.backup"]


@pytest.mark.parametrize(
    ("name", "shop_time"),
    [(queue.ARCHIVE_RESOLVED, (1, 0)), (queue.PURGE_WEBHOOK_EVENTS, (2, 30))],
)
@pytest.mark.parametrize("month", [1, 7])
def test_nightly_jobs_keep_the_shops_time_in_winter_and_summer(name, shop_time, month):
    due = beat_schedule()[name]["schedule"]
    at = datetime(2026, month, 10, *shop_time, tzinfo=ZoneInfo("Europe/Bucharest"))
    due.nowfunc = due.nowfun = lambda: at

    is_due, _ = due.is_due(at.astimezone(UTC) - timedelta(hours=20))

    assert is_due


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(beat_schedule()))
def test_django_celery_beat_takes_each_entry(name):
    entry = ModelEntry.from_entry(name, app=app, **beat_schedule()[name])

    row = PeriodicTask.objects.get(name=name)
    assert (row.task, row.queue) == (name, queue.QUEUES[name])
    assert entry.options["expires"] == row.expire_seconds
