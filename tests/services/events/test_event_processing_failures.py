"""Items that fail: alone, again later, and in the end for good."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.db import connection

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, MessageFactory
from tests.services.receiving.steps import outcomes, process
from whatsapp.models import Message, WebhookEvent
from whatsapp.services import webhook_events
from whatsapp.services.events import event_processing

pytestmark = pytest.mark.django_db


POISON = {"id": "wamid.POISON", "type": "text", "text": {"body": "Cine sunt?"}}


def test_poisoned_item_never_holds_up_the_rest(number):
    good = [bodies.text(f"wamid.{n}", at=n) for n in range(5)]
    webhook_events.record(body=bodies.body(bodies.messages(*good[:2], POISON, *good[2:])))

    process()

    assert Message.objects.count() == 5
    poisoned = WebhookEvent.objects.get(idempotency_key="message:wamid.POISON")
    assert (poisoned.status, poisoned.attempts) == ("pending", 1)
    assert "WebhookProcessingError" in poisoned.error


def test_item_that_the_database_refuses_fails_alone(number):
    long_name = bodies.text("wamid.LONG", sender="4" * 100)
    # beyond what a unique index takes, and not to be compressed
    huge = bodies.text("".join(sha256(str(n).encode()).hexdigest() for n in range(200)))
    good = bodies.text("wamid.GOOD")
    webhook_events.record(body=bodies.body(bodies.messages(long_name, huge, good)))

    process()

    assert list(Message.objects.values_list("external_message_id", flat=True)) == ["wamid.GOOD"]
    assert WebhookEvent.objects.pending().count() == 2


def test_poisoned_status_is_found_among_many(number):
    for n in range(9):
        MessageFactory(external_message_id=f"wamid.{n}")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE whatsapp_messages ADD CONSTRAINT poison"
            " CHECK (external_message_id <> 'wamid.4' OR delivery_status = 'SENT')"
        )
    raw = bodies.body(bodies.statuses(*(bodies.status("read", f"wamid.{n}") for n in range(9))))
    webhook_events.record(body=raw)

    process()

    states = {m.external_message_id: m.delivery_status for m in Message.objects.sent()}
    assert states.pop("wamid.4") == "SENT"
    assert set(states.values()) == {"READ"}
    poisoned = WebhookEvent.objects.get(idempotency_key="status:wamid.4:read")
    assert (poisoned.status, poisoned.attempts) == ("pending", 1)
    assert "poison" in poisoned.error
    assert "wamid.4" not in poisoned.error


def test_failing_item_waits_longer_each_time_then_is_dead(number, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "WEBHOOK_MAX_ATTEMPTS": 3}
    webhook_events.record(body=bodies.body(bodies.messages(POISON)))
    now = datetime.now(tz=UTC)
    waits = []

    for _ in range(3):
        process(now=now)
        event = WebhookEvent.objects.get()
        waits.append(event.next_attempt_at - now)
        now = max(now, event.next_attempt_at)

    assert waits[:2] == [timedelta(seconds=5), timedelta(seconds=15)]
    assert (event.status, event.attempts, event.outcome) == ("failed", 3, "")
    assert "Nobody is named" in event.error
    assert process(now=now + timedelta(days=1)) == 0


def test_deadlocks_are_told_from_other_trouble():
    assert event_processing.is_deadlock(ValueError()) is False


def test_lost_key_of_a_token_costs_no_message(settings, outside):
    BusinessNumberFactory(access_token="EAAG-secret")
    settings.WHATSAPP = {**settings.WHATSAPP, "ENCRYPTION_KEYS": ()}
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))

    process()

    assert outcomes() == {"message:wamid.A": ("processed", "applied")}
