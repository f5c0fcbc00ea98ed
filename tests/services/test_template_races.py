"""Templates that change while they are sent or synced."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from tests import webhook_bodies as bodies
from tests.factories import MessageFactory, TemplateFactory
from tests.locks import locked_elsewhere, wait_until_somebody_waits
from whatsapp.models import Template
from whatsapp.services import webhook_events

pytestmark = pytest.mark.django_db


def news_of(*templates: Template, at: int = 0) -> bytes:
    """One POST in which each template is paused, a second after the one before."""
    entries = [
        {
            "id": row.waba_id,
            "time": at + second,
            "changes": [
                {
                    "field": "message_template_status_update",
                    "value": {
                        "event": "PAUSED",
                        "message_template_id": int(row.meta_id),
                        "message_template_name": row.name,
                        "message_template_language": row.language,
                        "reason": None,
                    },
                }
            ],
        }
        for second, row in enumerate(templates)
    ]
    return bodies.envelope(*entries)


@pytest.mark.django_db(transaction=True)
def test_message_is_queued_while_its_template_is_changed(number):
    """Else whoever holds the thread would wait for the news, and the news for the thread."""
    template = TemplateFactory()
    webhook_events.record(body=news_of(template, at=1_764_000_000))
    queued: list[int] = []

    def queue() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            queued.append(MessageFactory(template=template, message_type="TEMPLATE").pk)
        finally:
            connection.close()

    with transaction.atomic():
        webhook_events.process_due(now=datetime.now(tz=UTC))
        thread = threading.Thread(target=queue)
        thread.start()
        thread.join()

    template.refresh_from_db()
    assert (template.status, len(queued)) == ("PAUSED", 1)


@pytest.mark.django_db(transaction=True)
def test_templates_are_locked_in_the_order_of_a_sync(number):
    first, second = TemplateFactory(), TemplateFactory(name="other", meta_id="88002")
    webhook_events.record(body=news_of(second, first, at=1_764_000_000))

    def work() -> None:
        try:
            webhook_events.process_due(now=datetime.now(tz=UTC))
        finally:
            connection.close()

    with locked_elsewhere(Template.objects.filter(pk=first.pk)):
        worker = threading.Thread(target=work)
        worker.start()
        wait_until_somebody_waits()
        with transaction.atomic():
            free = list(Template.objects.filter(pk=second.pk).select_for_update(skip_locked=True))
    worker.join()

    assert free == [second]
    assert set(Template.objects.values_list("status", flat=True)) == {"PAUSED"}
