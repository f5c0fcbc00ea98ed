"""Webhook events as operators see them, and the way between an event and its message."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, MessageFactory
from tests.services.receiving.steps import process
from whatsapp.models import Message, MessageAttempt, WebhookEvent
from whatsapp.services import webhook_events
from whatsapp.services.events import event_view

pytestmark = pytest.mark.django_db


def event(key: str, **given) -> WebhookEvent:
    given = {"field": "messages", "payload": "{}", **given}
    return WebhookEvent.objects.create(idempotency_key=key, **given)


def ago(**given) -> dict:
    at = timezone.now() - timedelta(**given)
    return {"received_at": at, "next_attempt_at": at}


def test_empty_road_stands_at_zero():
    standing = event_view.standing()

    assert (standing.pending, standing.retried, standing.dead) == (0, 0, 0)
    assert standing.oldest_pending == standing.oldest_due == timedelta(0)


def test_ages_tell_what_is_old_from_what_is_late():
    event("a", **ago(seconds=90))
    waits = {**ago(minutes=9), "next_attempt_at": timezone.now() + timedelta(seconds=30)}
    event("b", attempts=7, error="Waits for its message.", **waits)
    event("c", status="failed", **ago(days=1))
    event("d", status="processed", **ago(days=2))

    standing = event_view.standing()

    assert (standing.pending, standing.retried, standing.dead) == (1, 1, 1)
    # the database's clock may be a moment behind ours
    assert timedelta(minutes=8) < standing.oldest_pending < timedelta(minutes=10)
    assert timedelta(seconds=80) < standing.oldest_due < timedelta(seconds=100)


def test_groups_count_by_field_status_and_outcome():
    event("a", status="processed", outcome="applied")
    event("b", status="processed", outcome="applied")
    event("c", status="processed", outcome="stale")
    event("d", field="flows", status="failed")

    found = [(g.field, g.status, g.outcome, g.count) for g in event_view.groups()]

    assert found == [
        ("flows", "failed", "", 1),
        ("messages", "processed", "applied", 2),
        ("messages", "processed", "stale", 1),
    ]


def test_dead_events_are_grouped_by_their_reason_the_most_frequent_first():
    event("a", status="failed", error="KeyError: x")
    newest = event("b", status="failed", error="ValueError: y")
    event("c", status="failed", error="KeyError: x")
    event("d", error="ValueError: y")

    found = [(dead.reason, dead.count) for dead in event_view.dead()]

    assert found == [("KeyError: x", 2), ("ValueError: y", 1)]
    assert event_view.dead()[1].event_id == newest.pk


@pytest.mark.parametrize(
    ("key", "wamid"),
    [
        ("message:wamid.A=", "wamid.A="),
        ("status:wamid.A=:failed:131026", "wamid.A="),
        ("status:wamid.A=:sent", "wamid.A="),
        ("template:1:2:f:e:3", ""),
        ("body:abc", ""),
        ("account_update:abc", ""),
    ],
)
def test_wamid_is_read_from_keys_of_messages_and_statuses_only(key, wamid):
    assert event_view.wamid_of(WebhookEvent(idempotency_key=key)) == wamid


def test_page_of_events_finds_all_messages_in_two_queries(django_assert_num_queries):
    sent = MessageFactory.create_batch(3)
    retried = MessageFactory()
    MessageAttempt.objects.create(message=retried, attempt=1, wamid="wamid.OLD", outcome="FAILED")
    events = [event(f"status:{m.external_message_id}:read") for m in sent]
    of_attempt = event("status:wamid.OLD:failed:131026")
    stranger = event("message:wamid.UNKNOWN")

    with django_assert_num_queries(2):
        made = event_view.messages_of([*events, of_attempt, stranger])
        assert all(str(message.conversation) for message in made.values())

    assert made == {
        **{e.pk: m for e, m in zip(events, sent, strict=True)},
        of_attempt.pk: retried,
    }


def test_message_finds_what_meta_told_about_it_and_of_its_attempts(outside):
    BusinessNumberFactory()
    message = MessageFactory(external_message_id="wamid.OUT")
    MessageAttempt.objects.create(
        message=message, attempt=1, wamid="wamid.OLD", outcome="FAILED", error_code=131026
    )
    statuses = (
        bodies.status("sent", "wamid.OUT"),
        bodies.status("read", "wamid.OUT"),
        bodies.status("failed", "wamid.OLD", code=131026),
        bodies.status("read", "wamid.OUT2"),
    )
    webhook_events.record(body=bodies.body(bodies.statuses(*statuses)))

    found = {row.idempotency_key for row in event_view.events_of(message)}

    assert found == {
        "status:wamid.OUT:sent",
        "status:wamid.OUT:read",
        "status:wamid.OLD:failed:131026",
    }


def test_received_message_leads_to_its_event(outside):
    BusinessNumberFactory()
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    process()

    (row,) = event_view.events_of(Message.objects.get())

    assert row.idempotency_key == "message:wamid.A"
    assert event_view.messages_of([row]) == {row.pk: Message.objects.get()}


def test_events_of_a_message_are_found_in_the_index_of_keys():
    rows = [WebhookEvent(idempotency_key=f"status:w{n}:read", payload="{}") for n in range(3000)]
    WebhookEvent.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE whatsapp_webhook_events")
    keys = event_view.keys_about(wamid="w77", codes=[131026])

    plan = WebhookEvent.objects.filter(idempotency_key__in=keys).explain()

    assert "whatsapp_event_once" in plan
    assert "Seq Scan" not in plan
