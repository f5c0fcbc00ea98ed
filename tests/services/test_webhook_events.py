from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, MessageFactory
from tests.services.receiving.steps import outcomes, process
from whatsapp.models import Conversation, WebhookEvent
from whatsapp.services import webhook_events

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


# Recording


def test_every_item_of_every_entry_is_a_row():
    first = {
        "id": "1",
        "changes": [
            {"field": "messages", "value": bodies.messages(bodies.text("A"), bodies.text("B"))}
        ],
    }
    second = {
        "id": "2",
        "changes": [
            {"field": "messages", "value": bodies.statuses(bodies.status("read", "C"))},
            {"field": "future", "value": {"x": 1}},
        ],
    }

    new = webhook_events.record(body=bodies.envelope(first, second))

    assert new == 4
    keys = set(WebhookEvent.objects.values_list("idempotency_key", flat=True))
    assert {"message:A", "message:B", "status:C:read"} < keys
    assert {event.phone_number_id for event in WebhookEvent.objects.all()} == {bodies.NUMBER, ""}


def test_repeated_items_are_rows_once_however_they_are_batched():
    together = bodies.body(bodies.messages(bodies.text("A"), bodies.text("B"), bodies.text("A")))
    alone = bodies.body(bodies.messages(bodies.text("B")))

    assert webhook_events.record(body=together) == 2
    assert webhook_events.record(body=together) == 0
    assert webhook_events.record(body=alone) == 0


@pytest.mark.django_db(transaction=True)
def test_thousand_statuses_are_one_statement():
    raw = bodies.body(bodies.statuses(*(bodies.status("read", f"w{n}") for n in range(1000))))

    assert webhook_events.record(body=raw) == 1000

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM whatsapp_webhook_events")
        assert cursor.fetchone() == (1,)  # without a transaction around it, what is one is whole


def test_processor_is_woken_once_and_only_for_news(django_capture_on_commit_callbacks):
    raw = bodies.body(bodies.messages(bodies.text("A"), bodies.text("B")))

    with django_capture_on_commit_callbacks() as first:
        webhook_events.record(body=raw)
    with django_capture_on_commit_callbacks() as second:
        webhook_events.record(body=raw)

    assert len(first) == 1
    assert len(second) == 0


# Replaying


def test_dead_item_is_replayed_after_the_trouble_is_mended(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "PHONE_NUMBER_ID": ""}
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    process()
    assert outcomes() == {"message:wamid.A": ("processed", "not ours")}
    BusinessNumberFactory()

    replayed = webhook_events.replay(event_ids=WebhookEvent.objects.values_list("pk", flat=True))

    assert replayed == 1
    assert process() == 1
    assert outcomes() == {"message:wamid.A": ("processed", "applied")}


def test_replay_of_what_took_effect_changes_nothing(number):
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    process()

    webhook_events.replay(event_ids=[WebhookEvent.objects.get().pk])
    process()

    assert outcomes() == {"message:wamid.A": ("processed", "stale")}
    assert Conversation.objects.get().unread_count == 1


def test_replay_leaves_pending_events_alone():
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))

    assert webhook_events.replay(event_ids=[WebhookEvent.objects.get().pk]) == 0


# Statuses that come before their message


def test_status_waits_for_its_message_then_moves_it(number):
    webhook_events.record(body=bodies.body(bodies.statuses(bodies.status("read", "wamid.SOON"))))
    now = datetime.now(tz=UTC)
    process(now=now)
    assert outcomes() == {"status:wamid.SOON:read": ("pending", "")}
    message = MessageFactory(external_message_id="wamid.SOON")

    process(now=now + timedelta(seconds=1))

    message.refresh_from_db()
    assert message.delivery_status == "READ"
    assert outcomes() == {"status:wamid.SOON:read": ("processed", "applied")}


def test_status_that_fits_no_message_is_closed_after_the_wait(number, settings):
    webhook_events.record(body=bodies.body(bodies.statuses(bodies.status("read", "wamid.THEIRS"))))
    event = WebhookEvent.objects.get()
    now, tries = event.received_at, 0

    while event.status == "pending":
        process(now=now)
        event.refresh_from_db()
        tries += 1
        now = max(now, event.next_attempt_at)

    assert event.outcome == "not ours"
    assert event.processed_at == event.received_at + timedelta(minutes=10)
    assert tries == 11


# Purging


def test_purge_deletes_what_was_processed_long_ago_only(number):
    for wamid in ("wamid.OLD", "wamid.NEW", "wamid.DEAD", "wamid.PENDING"):
        webhook_events.record(body=bodies.body(bodies.messages(bodies.text(wamid))))
    events = {event.idempotency_key: event for event in WebhookEvent.objects.all()}
    long_ago = NOW - timedelta(days=31)
    for wamid, status, at in (
        ("wamid.OLD", "processed", long_ago),
        ("wamid.NEW", "processed", NOW),
        ("wamid.DEAD", "failed", None),
    ):
        row = WebhookEvent.objects.filter(pk=events[f"message:{wamid}"].pk)
        row.update(status=status, processed_at=at)
    WebhookEvent.objects.update(received_at=long_ago)

    deleted = webhook_events.purge(now=NOW)

    assert deleted == 1
    assert set(outcomes()) == {"message:wamid.NEW", "message:wamid.DEAD", "message:wamid.PENDING"}
