"""A processor that dies or loses its connection: no effect without its mark."""

import pytest
from django.db import connection, transaction

from tests import webhook_bodies as bodies
from tests.factories import OutboxItemFactory
from tests.services.receiving.steps import outcomes, process
from whatsapp import signals
from whatsapp.models import Conversation, Message, OutboxItem, WebhookEvent
from whatsapp.services import webhook_events

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a kill looks like from inside: nothing catches it."""


@transaction.atomic
def process_and_die() -> None:
    process()
    assert Message.objects.received().exists()
    raise Killed


@pytest.mark.django_db(transaction=True)
def test_kill_between_effect_and_mark_leaves_the_event_and_no_effect(number):
    message = OutboxItemFactory().message
    callback = f"{message.uuid}:1"
    webhook_events.record(
        body=bodies.body(
            bodies.messages(bodies.text("wamid.A")),
            bodies.statuses(bodies.status("read", "wamid.OUT", callback=callback)),
        )
    )

    with pytest.raises(Killed):
        process_and_die()

    message.refresh_from_db()
    assert message.delivery_status == "PENDING"
    assert OutboxItem.objects.filter(message=message).exists()
    assert not Message.objects.received().exists()
    assert not Conversation.objects.filter(unread_count__gt=0).exists()
    assert set(outcomes().values()) == {("pending", "")}

    process()

    assert set(outcomes().values()) == {("processed", "applied")}
    assert Message.objects.received().count() == 1


@pytest.mark.django_db(transaction=True)
def test_kill_in_the_middle_of_an_item_leaves_everything_pending(number):
    def die(**_):
        raise Killed

    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    signals.message_received.connect(die)
    try:
        with pytest.raises(Killed):
            process()
    finally:
        signals.message_received.disconnect(die)

    assert outcomes() == {"message:wamid.A": ("pending", "")}
    assert WebhookEvent.objects.get().attempts == 0
    assert Message.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_lost_connection_counts_against_no_item(number):
    def hang_up(**_):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    signals.message_received.connect(hang_up)
    try:
        with pytest.raises(Exception, match=r"terminat|closed|connection"):
            process()
    finally:
        signals.message_received.disconnect(hang_up)
        connection.close()

    assert outcomes() == {"message:wamid.A": ("pending", "")}
    assert WebhookEvent.objects.get().attempts == 0
    process()
    assert Message.objects.count() == 1
