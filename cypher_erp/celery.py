"""The Celery app: three queues of WhatsApp's and one of the ERP's, all served by each worker.

Rows are the queue; Celery hurries them along. Timings live in ``whatsapp.schedules``.
"""

from __future__ import annotations

import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging, task_prerun
from django.dispatch import receiver
from django_structlog.celery.signals import bind_extra_task_metadata
from django_structlog.celery.steps import DjangoStructLogInitStep

from whatsapp.schedules import beat_schedule

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cypher_erp.settings")

app = Celery("cypher_erp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


OWN_JOBS = {  # the row is the queue here too: what no wake-up told of is found
    "cypher_erp.send_mails": {
        "task": "cypher_erp.send_mails",
        "schedule": 60.0,
        "options": {"queue": "erp", "expire_seconds": 60},
    }
}


@app.on_after_configure.connect
def _plan_jobs(sender: Celery, **_: Any) -> None:
    sender.conf.beat_schedule = {**beat_schedule(), **OWN_JOBS}


@setup_logging.connect
def _configure_logging(**_: Any) -> None:
    """Log as Django does; without a receiver Celery would install its own handlers."""
    from logging.config import dictConfig

    from django.conf import settings

    dictConfig(settings.LOGGING)


@receiver(bind_extra_task_metadata)
def _name_task(task: Any, **_: Any) -> None:
    """Say on every line of a task which one it is, not only on that of its start."""
    structlog.contextvars.bind_contextvars(task=task.name)


@task_prerun.connect
def _drop_dead_connections(**_: Any) -> None:
    """Replace a connection that broke, as each HTTP request does.

    CELERY_DB_REUSE_MAX keeps connections over many tasks, also one whose server went away.
    """
    from django.db import close_old_connections

    close_old_connections()
