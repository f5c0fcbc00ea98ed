"""The worker's set-up, as far as it can be wrong without anybody noticing."""

import structlog
from django_structlog.celery.signals import bind_extra_task_metadata

from cypher_erp.celery import app


def test_each_queue_has_its_own_key_so_that_a_task_arrives_once():
    queues = app.amqp.queues

    assert sorted(queues) == ["erp", "whatsapp_jobs", "whatsapp_receive", "whatsapp_send"]
    assert {name: queue.routing_key for name, queue in queues.items()} == {n: n for n in queues}


def test_worker_consumes_every_queue_when_none_is_named():
    assert sorted(app.amqp.queues.consume_from) == sorted(app.amqp.queues)


def test_connections_outlive_a_task():
    # Celery reads this key by its full name; without it each task pays for a new connection.
    assert app.conf.get("CELERY_DB_REUSE_MAX") == 1000


def test_planned_jobs_go_to_queues_that_are_consumed():
    planned = {entry["options"]["queue"] for entry in app.conf.beat_schedule.values()}

    assert planned
    assert planned <= set(app.amqp.queues)


def test_every_log_line_of_a_task_names_it():
    app.loader.import_default_modules()
    task = app.tasks["whatsapp.process_webhook_events"]

    with structlog.contextvars.bound_contextvars(task="of whoever asked for it"):
        bind_extra_task_metadata.send(sender=None, task=task, logger=None)
        bound = structlog.contextvars.get_contextvars()

    assert bound["task"] == "whatsapp.process_webhook_events"
