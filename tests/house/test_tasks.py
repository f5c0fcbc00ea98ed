"""Every task has a name, a queue and somebody who runs it, and the pages tell which."""

from __future__ import annotations

from django.conf import settings

from cypher_erp.celery import app
from tests.house.pages import ROOT, rows, spans
from whatsapp import queue

NAMES = {
    value
    for name, value in vars(queue).items()
    if name.isupper() and isinstance(value, str) and value.startswith("whatsapp.")
}


def test_every_task_name_is_registered():
    app.loader.import_default_modules()

    ours = {name for name in app.tasks if name.startswith("whatsapp.")}

    assert ours == NAMES


def test_every_task_is_routed_to_a_queue_that_workers_serve():
    served = {q.name for q in settings.CELERY_TASK_QUEUES}

    assert set(queue.QUEUES) == NAMES
    assert set(queue.QUEUES.values()) <= served


def test_architecture_page_lists_the_tasks_by_queue():
    page = ROOT / "docs" / "architecture.md"

    listed = {
        task: row["queue"].strip("`")
        for row in rows(page, first="queue")
        for task in spans(row["tasks"])
    }

    assert listed == dict(queue.QUEUES)
