"""Many events processed again: those that were chosen, once each, and without a second effect."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import webhook_bodies as bodies
from tests.services.receiving.steps import outcomes, process
from whatsapp.models import Conversation, WebhookEvent
from whatsapp.services import webhook_events
from whatsapp.services.event_replay import BATCH, Replayed, replay_matching
from whatsapp.services.webhook_events import PURGE_BATCH

pytestmark = pytest.mark.django_db


def dead(count: int, *, field: str = "messages") -> list[int]:
    rows = [
        WebhookEvent(idempotency_key=f"{field}:{n}", field=field, payload="{}", status="failed")
        for n in range(count)
    ]
    return [row.pk for row in WebhookEvent.objects.bulk_create(rows)]


def test_only_what_matches_is_processed_again():
    chosen = dead(3)
    others = dead(2, field="account_update")

    replayed = replay_matching(rows=WebhookEvent.objects.filter(field="messages"))

    assert replayed == Replayed(count=3, after=None)
    pending = WebhookEvent.objects.pending()
    assert set(pending.values_list("pk", flat=True)) == set(chosen)
    assert WebhookEvent.objects.dead().filter(pk__in=others).count() == 2


def test_more_than_one_call_may_take_is_gone_on_with_and_none_is_met_twice():
    dead(7)
    rows = WebhookEvent.objects.all()

    first = replay_matching(rows=rows, limit=5)
    WebhookEvent.objects.pending().update(status="processed")  # the processor was quick
    second = replay_matching(rows=rows, after=first.after, limit=5)

    assert (first.count, second) == (5, Replayed(count=2))
    assert WebhookEvent.objects.pending().count() == 2


def test_exactly_the_last_ones_leave_nothing_to_go_on_with():
    dead(5)

    assert replay_matching(rows=WebhookEvent.objects.all(), limit=5) == Replayed(count=5)


def test_each_batch_is_a_few_statements(django_assert_num_queries):
    dead(2 * BATCH)

    with django_assert_num_queries(2 * 5 + 1):  # ids, savepoint, lock, update, release; the end
        replay_matching(rows=WebhookEvent.objects.dead())


def test_what_took_effect_changes_nothing_and_pending_events_are_left_alone(number):
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.A"))))
    process()
    webhook_events.record(body=bodies.body(bodies.messages(bodies.text("wamid.B"))))
    WebhookEvent.objects.pending().update(next_attempt_at=timezone.now() + timedelta(hours=1))

    replayed = replay_matching(rows=WebhookEvent.objects.all())
    process()

    assert replayed.count == 1
    assert outcomes()["message:wamid.A"] == ("processed", "stale")
    assert Conversation.objects.get().unread_count == 2


# Purging


def test_purge_ends_when_its_time_is_over_and_goes_on_at_the_next_run():
    now = timezone.now()
    dead(PURGE_BATCH + 3)
    WebhookEvent.objects.update(status="processed", processed_at=now - timedelta(days=31))

    assert webhook_events.purge(now=now, seconds=0) == PURGE_BATCH
    assert webhook_events.purge(now=now) == 3
    assert not WebhookEvent.objects.exists()


def test_what_is_repeated_after_the_purge_has_no_second_effect(number):
    raw = bodies.body(bodies.messages(bodies.text("wamid.A")))
    webhook_events.record(body=raw)
    process()
    WebhookEvent.objects.all().delete()

    webhook_events.record(body=raw)
    process()

    assert outcomes() == {"message:wamid.A": ("processed", "stale")}
    assert Conversation.objects.get().unread_count == 1
