"""The minute's rounds: what expired, what is in doubt, who must be woken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import OutboxItemFactory
from whatsapp.domain.retry import Priority
from whatsapp.models import Message, OutboxItem, WebhookEvent
from whatsapp.services import settlement

pytestmark = pytest.mark.django_db
NUMBER = "555000000000001"


def doubtful(*, minutes: int, priority: Priority = Priority.NOTICE) -> OutboxItem:
    """A message that left so long ago, its answer never seen."""
    return OutboxItemFactory(
        message__delivery_status="UNCONFIRMED",
        state="UNCONFIRMED",
        priority=priority.value,
        departed_at=timezone.now() - timedelta(minutes=minutes),
    )


def event(*, minutes_ago: float, status: str = "processed") -> None:
    WebhookEvent.objects.create(
        idempotency_key=f"status:{minutes_ago}:{status}",
        phone_number_id=NUMBER,
        payload="{}",
        status=status,
        received_at=timezone.now() - timedelta(minutes=minutes_ago),
    )


def settled() -> tuple[str, str]:
    settlement.settle_unconfirmed(now=timezone.now())
    return Message.objects.get().delivery_status, OutboxItem.objects.get().state


def test_notice_is_sent_again_when_webhooks_flow_and_none_spoke_of_it(outside):
    doubtful(minutes=15)
    for minutes_ago in range(1, 15):
        event(minutes_ago=minutes_ago)

    assert settled() == ("PENDING", "PENDING")


def test_first_event_after_an_outage_of_the_door_proves_nothing_yet(outside):
    doubtful(minutes=20)
    event(minutes_ago=1)

    assert settled() == ("UNCONFIRMED", "UNCONFIRMED")


def test_agents_reply_is_held_for_a_person(outside, django_capture_on_commit_callbacks):
    doubtful(minutes=15, priority=Priority.REPLY)
    for minutes_ago in range(1, 15):
        event(minutes_ago=minutes_ago)

    with django_capture_on_commit_callbacks(execute=True):
        assert settled() == ("UNCONFIRMED", "HELD")

    [notice] = outside.staff.notices
    assert "may or may not" in notice.subject


def test_nothing_is_decided_before_the_wait_is_over(outside):
    doubtful(minutes=9)
    event(minutes_ago=1)

    assert settled() == ("UNCONFIRMED", "UNCONFIRMED")


def test_nothing_is_decided_while_an_older_event_is_pending(outside):
    doubtful(minutes=15)
    event(minutes_ago=1)
    event(minutes_ago=2, status="pending")

    assert settled() == ("UNCONFIRMED", "UNCONFIRMED")


def test_without_any_webhook_it_is_held_whatever_the_policy(outside):
    doubtful(minutes=60)

    assert settled() == ("UNCONFIRMED", "HELD")


def test_webhooks_of_another_number_prove_nothing(outside):
    doubtful(minutes=60)
    event(minutes_ago=1)
    WebhookEvent.objects.update(phone_number_id="555000000000009")

    assert settled() == ("UNCONFIRMED", "HELD")


def test_status_that_came_meanwhile_settles_it(outside):
    item = doubtful(minutes=15)
    event(minutes_ago=1)
    Message.objects.filter(pk=item.message_id).update(delivery_status="DELIVERED")

    assert settled()[0] == "DELIVERED"


def test_each_message_in_doubt_counts_the_longest_silence_since_it_left(outside):
    items = [doubtful(minutes=minutes) for minutes in (60, 25, 14)]
    for minutes_ago in [59, 58, *range(20, 4, -1)]:
        event(minutes_ago=minutes_ago)

    settlement.settle_unconfirmed(now=timezone.now())

    # with silences of 38, 5 and 1 minutes they were due 12, 10 and 3 minutes ago
    states = dict(OutboxItem.objects.values_list("pk", "state"))
    assert [states[item.pk] for item in items] == ["PENDING", "PENDING", "UNCONFIRMED"]


def test_many_messages_in_doubt_are_looked_at_together(outside, django_assert_num_queries):
    event(minutes_ago=1)
    numbers = [doubtful(minutes=20).number for _ in range(12)]

    with django_assert_num_queries(3):  # the rows, the ends of the events, the gaps
        settlement.settle_unconfirmed(now=timezone.now())

    assert len({number.pk for number in numbers}) == 1
    assert {item.state for item in OutboxItem.objects.all()} == {"UNCONFIRMED"}


def test_pending_past_its_time_fails_and_unconfirmed_does_not(outside):
    old = timezone.now() - timedelta(minutes=1)
    waiting = OutboxItemFactory(message__expires_at=old)
    doubt = OutboxItemFactory(
        state="UNCONFIRMED", message__delivery_status="UNCONFIRMED", message__expires_at=old
    )

    assert settlement.expire(now=timezone.now()) == 1

    waiting.message.refresh_from_db()
    doubt.message.refresh_from_db()
    assert (waiting.message.delivery_status, waiting.message.error_text) == ("FAILED", "expired")
    assert doubt.message.delivery_status == "UNCONFIRMED"
