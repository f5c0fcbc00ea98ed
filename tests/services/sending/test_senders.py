"""Who sends for a number, and whether its breaker lets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests.factories import BusinessNumberFactory
from whatsapp.domain.breaker import BreakerState, Cause, Circuit, to_json
from whatsapp.models import SenderState
from whatsapp.services.sending import senders
from whatsapp.services.sending.senders import Sending

pytestmark = pytest.mark.django_db
OPENED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAST, FUTURE = timedelta(seconds=-5), timedelta(minutes=5)


def breaker(state: Circuit, cause: Cause, *, until: timedelta | None) -> BreakerState:
    return BreakerState(
        state=state,
        cause=cause,
        opened_at=OPENED,
        until=None if until is None else timezone.now() + until,
        reason="Something went wrong (131000)",
        streak=2,
    )


def sender_with(state: BreakerState | None = None, **given) -> senders.Sender:
    stored = {**to_json(state), "token": "5f0c"} if state else {}
    SenderState.objects.create(number=BusinessNumberFactory(), breaker=stored, **given)
    (found,) = senders.look()
    return found


def test_number_that_never_sent_runs_and_nobody_leads_it():
    number = BusinessNumberFactory()

    (sender,) = senders.look()

    assert (sender.number, sender.sending, sender.holder) == (number, Sending.RUNNING, "")
    assert sender.lease_until is None


@pytest.mark.parametrize(
    ("state", "cause", "until", "expected", "looks"),
    [
        (Circuit.CLOSED, Cause.NONE, None, Sending.RUNNING, False),
        (Circuit.OPEN, Cause.TROUBLE, FUTURE, Sending.PAUSED, True),
        (Circuit.OPEN, Cause.TROUBLE, PAST, Sending.PROBING, True),
        (Circuit.HALF_OPEN, Cause.TROUBLE, FUTURE, Sending.PROBING, True),
        (Circuit.OPEN, Cause.ACCOUNT, None, Sending.PAUSED, True),
        (Circuit.OPEN, Cause.SLOW, FUTURE, Sending.PAUSED, False),
        (Circuit.OPEN, Cause.SLOW, PAST, Sending.RUNNING, False),
    ],
)
def test_breaker_says_whether_messages_leave(state, cause, until, expected, looks):
    kept = breaker(state, cause, until=until)

    sender = sender_with(kept)

    assert sender.breaker == kept
    assert (sender.sending, sender.needs_a_look) == (expected, looks)


def test_holder_is_named_while_the_lease_runs():
    until = timezone.now() + timedelta(seconds=5)

    sender = sender_with(holder="worker-1:17:9", lease_until=until)

    assert (sender.holder, sender.lease_until) == ("worker-1:17:9", until)


def test_holder_whose_lease_ran_out_leads_no_more():
    sender = sender_with(holder="worker-1:17:9", lease_until=timezone.now() - timedelta(seconds=1))

    assert (sender.holder, sender.lease_until) == ("", None)


def test_all_active_numbers_are_read_at_once_or_those_asked_for(django_assert_num_queries):
    first = BusinessNumberFactory()
    retired = BusinessNumberFactory(phone_number_id="2", is_default=False, is_active=False)

    with django_assert_num_queries(2):
        active, asked = senders.look(), senders.look(number_ids=[retired.pk])

    assert [sender.number for sender in active] == [first]
    assert [sender.number for sender in asked] == [retired]
