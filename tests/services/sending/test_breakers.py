"""The breaker at work: refusals pause a number, slow it down, or stop it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import BusinessNumberFactory
from tests.services.sending.scenes import failure, run, waiting
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.models import Message, OutboxItem, SenderState
from whatsapp.services import delivery
from whatsapp.services.outgoing import sender_lease
from whatsapp.services.sending import breakers
from whatsapp.services.sending.verdicts import Outcome

pytestmark = pytest.mark.django_db


def keeper_of_taken(count: int) -> breakers.Keeper:
    """A breaker that has just heard of so many messages taken."""
    lease = sender_lease.elect(number_id=BusinessNumberFactory().pk)
    keeper = breakers.Keeper(number=BusinessNumberFactory(), lease=lease)
    for _ in range(count):
        keeper.hear(outcome_of(), now=timezone.now())
    return keeper


def outcome_of(error: Failure | None = None, *, ago: float = 0.0) -> Outcome:
    # whose the row is, the breaker never asks
    departed_at = timezone.now() - timedelta(seconds=ago)
    return Outcome(item=None, departed_at=departed_at, failure=error)


def test_stray_refusal_costs_the_number_nothing():
    keeper = keeper_of_taken(79)

    keeper.hear(outcome_of(failure(FailureClass.SLOW_NUMBER, 130429)), now=timezone.now())

    assert keeper.may_go(now=timezone.now())
    assert keeper.pace(now=timezone.now()) == 80


def test_stray_refusal_that_says_how_long_to_wait_is_obeyed():
    keeper = keeper_of_taken(79)
    slow = replace(failure(FailureClass.SLOW_NUMBER, 4), retry_after=timedelta(seconds=3))

    keeper.hear(outcome_of(slow), now=timezone.now())

    assert not keeper.may_go(now=timezone.now() + timedelta(seconds=2.5))


@pytest.mark.parametrize("kind", [FailureClass.SLOW_NUMBER, FailureClass.SLOW_ACCOUNT])
def test_crowd_of_refusals_pauses_once_and_lowers_the_pace_to_what_was_taken(kind):
    keeper = keeper_of_taken(66)

    for _ in range(12):
        keeper.hear(outcome_of(failure(kind)), now=timezone.now())

    assert not keeper.may_go(now=timezone.now() + timedelta(seconds=0.9))
    assert keeper.may_go(now=timezone.now() + timedelta(seconds=1.1))
    assert keeper.pace(now=timezone.now()) == 66


def test_refusal_of_what_left_before_the_pause_makes_no_other():
    keeper = keeper_of_taken(0)
    keeper.hear(outcome_of(failure(FailureClass.SLOW_NUMBER)), now=timezone.now())
    later = timezone.now() + timedelta(seconds=2)
    keeper.departing(now=later)

    keeper.hear(outcome_of(failure(FailureClass.SLOW_NUMBER), ago=0.5), now=later)

    assert keeper.may_go(now=later)
    assert keeper.pace(now=later) == 60


def test_pause_is_spent_asleep(outside, django_assert_max_num_queries):
    waiting()
    outside.meta.fail_next(failure(FailureClass.SLOW_NUMBER, 130429))

    started = time.thread_time()
    with django_assert_max_num_queries(200):
        run()

    assert time.thread_time() - started < 0.5  # of a run of two seconds


def test_nothing_stays_in_hand_while_the_breaker_rests(outside):
    sent = waiting(5)
    retry_after = timedelta(minutes=5)
    slow = replace(failure(FailureClass.SLOW_NUMBER, 130429), retry_after=retry_after)
    outside.meta.fail_next(slow)

    run()

    assert {row.state for row in OutboxItem.objects.all()} <= {"PENDING"}
    assert not Message.objects.filter(delivery_status="SENDING").exists()
    assert len(outside.meta.sent) + OutboxItem.objects.count() == len(sent)


def test_ban_stops_a_sender_at_work_and_its_own_word_does_not_hide_it(outside, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "SENDER_RENEW": timedelta(0)}
    waiting(next_attempt_at=timezone.now() + timedelta(seconds=1))
    number = BusinessNumberFactory()
    sender = delivery.Sender(sender_lease.elect(number_id=number.pk))
    breakers.stop(number=number, reason="DISABLED", until=None, now=timezone.now())

    sender.run()

    assert outside.meta.sent == []
    assert breakers.is_open(number_id=number.pk)
    assert SenderState.objects.get().breaker["reason"] == "DISABLED"


def test_word_of_others_is_not_written_over(outside):
    number = BusinessNumberFactory()
    lease = sender_lease.elect(number_id=number.pk)
    keeper = breakers.Keeper(number=number, lease=lease)
    breakers.stop(number=number, reason="DISABLED", until=None, now=timezone.now())
    slow = replace(failure(FailureClass.SLOW_NUMBER, 130429), retry_after=timedelta(minutes=5))

    keeper.hear(Outcome(item=None, failure=slow, departed_at=timezone.now()), now=timezone.now())
    keeper.keep()

    assert SenderState.objects.get().breaker["reason"] == "DISABLED"


def test_probe_after_a_ban_that_is_still_on_closes_it_for_good(outside):
    waiting(2)
    number = BusinessNumberFactory()
    past = timezone.now() - timedelta(seconds=1)
    breakers.stop(number=number, reason="BLOCKED", until=past, now=timezone.now())
    outside.meta.fail_next(failure(FailureClass.FATAL_ACCOUNT, 131031))

    run()

    assert outside.meta.sent == []
    assert breakers.is_open(number_id=number.pk)
    assert SenderState.objects.get().breaker["until"] is None


def test_probe_after_a_ban_that_is_over_lets_all_leave(outside):
    waiting(2)
    past = timezone.now() - timedelta(seconds=1)
    breakers.stop(number=BusinessNumberFactory(), reason="BLOCKED", until=past, now=past)

    run()

    assert len(outside.meta.sent) == 2
