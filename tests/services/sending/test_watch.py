"""Somebody notices that a sender died, and wakes a successor."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from tests.e2e.conftest import wait_for
from tests.factories import BusinessNumberFactory, OutboxItemFactory
from whatsapp import queue
from whatsapp.models import SenderState
from whatsapp.services.outgoing import sender_lease
from whatsapp.services.sending.watch import Watch, dead_senders

pytestmark = pytest.mark.django_db


@pytest.fixture
def tasks(settings):
    """The queue of the senders, empty."""
    broker = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    broker.delete(queue.SEND_QUEUE)
    yield broker
    broker.delete(queue.SEND_QUEUE)


def abandoned_number() -> int:
    """A number whose sender was killed a while ago."""
    number = BusinessNumberFactory()
    assert sender_lease.elect(number_id=number.pk)
    SenderState.objects.update(lease_until=timezone.now() - timedelta(milliseconds=10))
    return number.pk


def test_sender_whose_lease_ran_out_is_dead():
    number_id = abandoned_number()

    assert dead_senders() == [number_id]


def test_sender_at_work_is_not_dead():
    sender_lease.elect(number_id=BusinessNumberFactory().pk)

    assert dead_senders() == []


def test_sender_that_let_go_is_not_dead():
    lease = sender_lease.elect(number_id=BusinessNumberFactory().pk)
    sender_lease.release(lease, departures=[])

    assert dead_senders() == []


@pytest.mark.django_db(transaction=True)
def test_successor_is_woken_once_in_a_while(tasks):
    abandoned_number()
    watch = Watch()

    watch.look()
    watch.look()

    wait_for(lambda: tasks.llen(queue.SEND_QUEUE), what="a wake-up")
    assert tasks.llen(queue.SEND_QUEUE) == 1


@pytest.mark.django_db(transaction=True)
def test_nobody_is_woken_while_all_senders_live(tasks):
    sender_lease.elect(number_id=BusinessNumberFactory().pk)

    Watch().look()
    time.sleep(0.3)

    assert tasks.llen(queue.SEND_QUEUE) == 0


@pytest.mark.django_db(transaction=True)
def test_rows_whose_wake_up_was_lost_find_somebody(tasks):
    OutboxItemFactory(next_attempt_at=timezone.now() - timedelta(seconds=10))

    Watch().look()

    wait_for(lambda: tasks.llen(queue.SEND_QUEUE), what="a wake-up")
