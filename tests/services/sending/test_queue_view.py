"""What waits, since when and why: every row of the outbox is told under one reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests.factories import BusinessNumberFactory, MessageFactory, OutboxItemFactory
from whatsapp.domain.breaker import BreakerState, Cause, Circuit, to_json
from whatsapp.domain.retry import Priority
from whatsapp.models import SenderState
from whatsapp.models.outbox import OutboxKind
from whatsapp.services.sending import queue_view
from whatsapp.services.sending.queue_view import NumberQueue, Waiting, Why

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def look() -> NumberQueue:
    (found,) = queue_view.look(now=timezone.now())
    return found


def only() -> Waiting:
    (found,) = look().waiting
    return found


def led(**given) -> SenderState:
    """The default number in the hands of a living sender."""
    given = {"holder": "worker-1", "lease_until": timezone.now() + MINUTE, **given}
    return SenderState.objects.create(number=BusinessNumberFactory(), **given)


def test_number_without_rows_waits_for_nothing():
    number = BusinessNumberFactory()

    queue = look()

    assert (queue.sender.number, queue.waiting, queue.leaving) == (number, (), 0)
    assert queue.oldest_due == timedelta(0)


def test_due_messages_are_counted_since_the_oldest_became_due():
    led()
    moments = [timezone.now() - age for age in (MINUTE, 3 * MINUTE, 2 * MINUTE)]
    for moment in moments:
        OutboxItemFactory(next_attempt_at=moment)

    queue = look()

    assert queue.waiting == (
        Waiting(
            kind=OutboxKind.MESSAGE,
            priority=Priority.REPLY,
            why=Why.DUE,
            count=3,
            since=moments[1],
        ),
    )
    assert 3 * MINUTE <= queue.oldest_due < 4 * MINUTE


def test_due_message_whom_nobody_sends_says_so():
    led(lease_until=timezone.now() - MINUTE)
    OutboxItemFactory()

    assert only().why is Why.UNLED


def test_due_message_of_a_paused_number_waits_until_the_pause_ends_and_tells_its_reason():
    until = timezone.now() + MINUTE
    paused = BreakerState(
        state=Circuit.OPEN, cause=Cause.TROUBLE, until=until, reason="Overloaded (131000)"
    )
    led(breaker=to_json(paused))
    OutboxItemFactory()

    waiting = only()

    assert (waiting.why, waiting.until) == (Why.PAUSED, until)
    assert waiting.reason == "Overloaded (131000)"


def test_message_asked_for_later_is_scheduled():
    at = timezone.now() + HOUR
    OutboxItemFactory(next_attempt_at=at)

    waiting = only()

    assert (waiting.why, waiting.until) == (Why.SCHEDULED, at)
    assert look().leaving == 0


def test_message_put_off_by_the_night_names_the_quiet_hours(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "QUIET_HOURS": "21:00-08:00 Europe/Bucharest"}
    night = datetime(2036, 11, 22, 22, 0, tzinfo=UTC)  # midnight in Bucharest
    morning = datetime(2036, 11, 23, 6, 0, tzinfo=UTC)
    OutboxItemFactory(next_attempt_at=morning, priority=Priority.NOTICE.value)
    OutboxItemFactory(next_attempt_at=morning + HOUR, priority=Priority.NOTICE.value)

    (queue,) = queue_view.look(now=night)

    assert [(each.why, each.until) for each in queue.waiting] == [
        (Why.QUIET_HOURS, morning),
        (Why.SCHEDULED, morning + HOUR),
    ]


def test_message_that_failed_before_waits_for_its_retry_with_the_commonest_reason():
    at = timezone.now() + MINUTE
    OutboxItemFactory(next_attempt_at=at + MINUTE, retries=1, reason="Connection refused")
    for _ in range(2):
        OutboxItemFactory(next_attempt_at=at, waits=1, reason="Too many (130429)")

    waiting = only()

    assert (waiting.why, waiting.count, waiting.until) == (Why.RETRYING, 3, at)
    assert waiting.reason == "Too many (130429)"


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("UPLOADING", Why.UPLOADING),
        ("CLAIMED", Why.IN_FLIGHT),
        ("UNCONFIRMED", Why.UNCONFIRMED),
        ("HELD", Why.HELD),
        ("FAILED", Why.FAILED),
    ],
)
def test_what_is_not_pending_waits_since_it_departed_for_what_its_state_says(state, why):
    departed_at = timezone.now() - HOUR
    OutboxItemFactory(state=state, departed_at=departed_at, reason="No answer")

    waiting = only()

    assert (waiting.why, waiting.since, waiting.reason) == (why, departed_at, "No answer")


def test_most_urgent_come_first():
    for priority in (Priority.BROADCAST, Priority.REPLY, Priority.NOTICE):
        OutboxItemFactory(priority=priority.value)
    OutboxItemFactory(priority=Priority.REPLY.value, state="FAILED")

    order = [(each.priority, each.why) for each in look().waiting]

    assert order == [
        (Priority.REPLY, Why.UNLED),
        (Priority.REPLY, Why.FAILED),
        (Priority.NOTICE, Why.UNLED),
        (Priority.BROADCAST, Why.UNLED),
    ]


def test_counts_are_by_reason_and_only_what_moves_by_itself_is_leaving():
    led()
    for state in ("PENDING", "CLAIMED", "UNCONFIRMED", "HELD", "FAILED"):
        OutboxItemFactory(state=state)
    OutboxItemFactory(next_attempt_at=timezone.now() + HOUR)

    queue = look()

    assert queue.leaving == 2
    assert queue.count(*queue_view.TROUBLE) == 3
    assert queue.count(Why.SCHEDULED) == 1


@pytest.mark.parametrize(("until", "leaving"), [(None, 1), (MINUTE, 2)])
def test_what_waits_for_a_person_to_mend_the_account_is_not_leaving(until, leaving):
    led(
        breaker=to_json(
            BreakerState(
                state=Circuit.OPEN, cause=Cause.ACCOUNT, until=until and timezone.now() + until
            )
        )
    )
    for state in ("PENDING", "CLAIMED"):
        OutboxItemFactory(state=state)

    queue = look()

    assert queue.count(Why.PAUSED) == 1
    assert queue.leaving == leaving


def test_number_out_of_use_is_shown_as_long_as_it_has_rows():
    number = BusinessNumberFactory(is_active=False)
    assert queue_view.look(now=timezone.now()) == []

    OutboxItemFactory()

    assert look().sender.number == number


def test_one_number_is_looked_at_alone():
    OutboxItemFactory()
    other = BusinessNumberFactory(phone_number_id="2", is_default=False)

    (queue,) = queue_view.look(now=timezone.now(), number_id=other.pk)

    assert (queue.sender.number, queue.waiting) == (other, ())


def test_more_rows_and_numbers_cost_no_more_queries(django_assert_num_queries):
    for n in range(3):
        BusinessNumberFactory(phone_number_id=str(n), is_default=False)
        OutboxItemFactory(priority=n)

    with django_assert_num_queries(2):
        queue_view.look(now=timezone.now())


def test_last_minute_counts_what_meta_took_by_number():
    now = timezone.now()
    sent = MessageFactory(sent_at=now - timedelta(seconds=5))
    MessageFactory(sent_at=now - 2 * MINUTE)
    MessageFactory(pending=True)
    MessageFactory(received=True)

    assert queue_view.sent_last_minute() == {sent.number_id: 1}


def test_last_minute_counts_a_message_scheduled_long_ago():
    now = timezone.now()
    asked = {"created_at": now - timedelta(days=20), "send_at": now - MINUTE}
    sent = MessageFactory(sent_at=now - timedelta(seconds=5), **asked)

    assert queue_view.sent_last_minute() == {sent.number_id: 1}
