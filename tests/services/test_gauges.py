"""The gauges of a scrape: every number with every value of every label."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import BusinessNumberFactory, MessageFactory, OutboxItemFactory
from whatsapp.domain.breaker import BreakerState, Cause, Circuit, to_json
from whatsapp.domain.retry import Priority
from whatsapp.models import SenderState, StatsMark, WebhookEvent
from whatsapp.services import gauges
from whatsapp.services.statistics import rollup

pytestmark = pytest.mark.django_db
NUMBER = {"number": "555000000000001"}


def read(name: str) -> list[tuple[dict[str, str], float]]:
    found = {gauge.name: gauge for gauge in gauges.read(now=timezone.now())}
    return [(dict(labels), float(value)) for labels, value in found[name].samples]


def test_everything_of_a_quiet_number_is_there_and_zero():
    BusinessNumberFactory()

    found = gauges.read(now=timezone.now())

    assert {gauge.name: len(gauge.samples) for gauge in found} == {
        "whatsapp_breaker_open": 3,
        "whatsapp_sender_elected": 1,
        "whatsapp_outbox_waiting": 3,
        "whatsapp_outbox_put_off": 1,
        "whatsapp_outbox_oldest_due_seconds": 1,
        "whatsapp_outbox_trouble": 3,
        "whatsapp_webhook_oldest_pending_seconds": 1,
        "whatsapp_webhook_oldest_due_seconds": 1,
        "whatsapp_webhook_events": 3,
        "whatsapp_stats_behind_seconds": 1,
    }
    assert {value for gauge in found for _, value in gauge.samples} == {0}


def test_breaker_is_open_for_its_cause_alone():
    state = BreakerState(state=Circuit.OPEN, cause=Cause.ACCOUNT)
    SenderState.objects.create(number=BusinessNumberFactory(), breaker=to_json(state))

    assert read("whatsapp_breaker_open") == [
        ({**NUMBER, "cause": "trouble"}, 0),
        ({**NUMBER, "cause": "slow"}, 0),
        ({**NUMBER, "cause": "account"}, 1),
    ]


def test_elected_sender_is_seen():
    lease_until = timezone.now() + timedelta(seconds=5)
    SenderState.objects.create(
        number=BusinessNumberFactory(), holder="w:1", lease_until=lease_until
    )

    assert read("whatsapp_sender_elected") == [(NUMBER, 1)]


def test_what_waits_is_counted_by_priority_and_what_is_put_off_apart():
    OutboxItemFactory.create_batch(2, priority=Priority.NOTICE.value)
    OutboxItemFactory(state="CLAIMED")
    OutboxItemFactory(next_attempt_at=timezone.now() + timedelta(hours=1))
    OutboxItemFactory(state="FAILED")

    assert read("whatsapp_outbox_waiting") == [
        ({**NUMBER, "priority": "reply"}, 1),
        ({**NUMBER, "priority": "notice"}, 2),
        ({**NUMBER, "priority": "broadcast"}, 0),
    ]
    assert read("whatsapp_outbox_put_off") == [(NUMBER, 1)]


def test_oldest_due_message_tells_its_age():
    OutboxItemFactory(next_attempt_at=timezone.now() - timedelta(minutes=10))
    OutboxItemFactory()

    [(labels, seconds)] = read("whatsapp_outbox_oldest_due_seconds")

    assert labels == NUMBER
    assert 600 <= seconds < 610


def test_trouble_is_counted_by_state():
    for state in ("UNCONFIRMED", "HELD", "FAILED", "FAILED"):
        OutboxItemFactory(state=state)

    assert read("whatsapp_outbox_trouble") == [
        ({**NUMBER, "state": "unconfirmed"}, 1),
        ({**NUMBER, "state": "held"}, 1),
        ({**NUMBER, "state": "failed"}, 2),
    ]


def test_webhook_events_are_counted_with_the_age_of_the_oldest():
    came = timezone.now() - timedelta(minutes=3)
    rows = (
        {"received_at": came, "next_attempt_at": came},
        {"attempts": 2, "next_attempt_at": timezone.now() + timedelta(hours=1)},
        {"status": "failed"},
        {"status": "processed"},
    )
    for n, row in enumerate(rows):
        WebhookEvent.objects.create(idempotency_key=str(n), payload="{}", **row)

    assert read("whatsapp_webhook_events") == [
        ({"state": "pending"}, 1),
        ({"state": "retried"}, 1),
        ({"state": "dead"}, 1),
    ]
    for name in ("pending", "due"):
        [(labels, seconds)] = read(f"whatsapp_webhook_oldest_{name}_seconds")
        assert labels == {}
        assert 170 < seconds < 190


def test_statistics_are_behind_until_they_are_rolled_up():
    MessageFactory()
    StatsMark.objects.update(created_at=timezone.now() - timedelta(minutes=5))

    ((_, behind),) = read("whatsapp_stats_behind_seconds")
    assert 300 <= behind < 310

    rollup.roll_up(now=timezone.now())
    assert read("whatsapp_stats_behind_seconds") == [({}, 0.0)]
