"""The sender at work, against a gateway that remembers. Each run leaves when nothing is due."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    OutboxItemFactory,
)
from whatsapp import signals
from whatsapp.domain.retry import Failure, FailureClass, Priority
from whatsapp.models import (
    BusinessNumber,
    Message,
    MessageAttempt,
    OutboxItem,
    SenderState,
)
from whatsapp.services import breakers, delivery, messages, sender_lease
from whatsapp.services.verdicts import Outcome

pytestmark = pytest.mark.django_db


def failure(kind: FailureClass, code: int | None = None) -> Failure:
    return Failure(failure_class=kind, code=code, title=kind.value)


def waiting(count: int = 1, **fields: object) -> list[Message]:
    """Messages to as many people, in one number's queue."""
    return [OutboxItemFactory(**fields).message for _ in range(count)]


def run() -> None:
    delivery.send_due(number_id=BusinessNumberFactory().pk)


def test_due_message_leaves_with_its_uuid_and_is_recorded_as_sent(outside):
    [message] = waiting()

    run()

    [outgoing] = outside.meta.sent
    assert outgoing.callback_data == f"{message.uuid}:1"
    message.refresh_from_db()
    assert (message.delivery_status, message.attempts) == ("SENT", 1)
    assert message.external_message_id == "wamid.TEST1"
    assert message.sent_at == message.happened_at
    assert not OutboxItem.objects.exists()
    assert not MessageAttempt.objects.exists()


def test_lease_is_let_go_with_the_departures_of_the_last_second(outside):
    waiting(3)

    run()

    state = SenderState.objects.get()
    assert (state.holder, state.epoch, state.lease_until) == ("", 1, None)
    assert len(state.departures) in (0, 3)  # the linger may have outlasted the second


def test_sent_signal_carries_the_ids_of_the_batch(outside):
    heard: list[int] = []

    def listen(message_ids, **_):
        heard.extend(message_ids)

    signals.message_sent.connect(listen)
    sent = waiting(3)

    run()

    signals.message_sent.disconnect(listen)
    assert sorted(heard) == sorted(message.pk for message in sent)


def test_replies_leave_before_notices_and_notices_before_broadcasts(outside):
    BusinessNumberFactory(messages_per_second=20)
    for priority in (Priority.BROADCAST, Priority.NOTICE, Priority.REPLY):
        OutboxItemFactory(priority=priority.value, message__message_text=priority.name)

    run()

    said = [outgoing.content.text for outgoing in outside.meta.sent]
    assert said[0] == "REPLY"


def test_one_contact_gets_messages_in_the_order_they_were_queued(outside):
    conversation = ConversationFactory()
    for text in ("unu", "doi", "trei"):
        messages.send_text(text=text, conversation_id=conversation.pk)

    run()

    assert [outgoing.content.text for outgoing in outside.meta.sent] == ["unu", "doi", "trei"]


def test_what_is_not_due_yet_stays(outside):
    waiting(next_attempt_at=timezone.now() + timedelta(minutes=5))

    run()

    assert outside.meta.sent == []
    assert OutboxItem.objects.get().state == "PENDING"


def test_cancelled_message_never_leaves(outside):
    [message] = waiting()
    messages.cancel(message_id=message.pk)

    run()

    assert outside.meta.sent == []


def test_proven_not_taken_is_tried_again_later_and_burns_a_retry(outside):
    [message] = waiting(retries=1)
    outside.meta.fail_next(failure(FailureClass.NOT_SENT))

    run()

    row = OutboxItem.objects.get()
    message.refresh_from_db()
    assert (row.state, row.retries) == ("PENDING", 2)
    assert row.next_attempt_at > timezone.now() + timedelta(minutes=3)
    assert message.delivery_status == "PENDING"
    assert MessageAttempt.objects.get().outcome == "RETRY"


def test_fourth_failure_is_the_last(outside):
    [message] = waiting(retries=3)
    outside.meta.fail_next(failure(FailureClass.NOT_SENT))

    run()

    message.refresh_from_db()
    assert message.delivery_status == "FAILED"
    assert "3 retries" in message.error_text
    assert OutboxItem.objects.get().state == "FAILED"


def test_unclear_answer_is_unconfirmed_and_not_sent_again(outside):
    [message] = waiting()
    outside.meta.fail_next(failure(FailureClass.AMBIGUOUS))

    run()
    run()

    message.refresh_from_db()
    row = OutboxItem.objects.get()
    assert (message.delivery_status, row.state) == ("UNCONFIRMED", "UNCONFIRMED")
    assert row.departed_at is not None
    assert outside.meta.sent == []


def test_refusal_of_the_message_fails_it_with_metas_reason(outside):
    [message] = waiting()
    outside.meta.fail_next(failure(FailureClass.FATAL_MESSAGE, 131026))

    run()

    message.refresh_from_db()
    assert (message.delivery_status, message.error_code) == ("FAILED", 131026)
    assert "131026" in message.error_text
    assert message.failed_at is not None


def test_being_too_fast_costs_a_pause_and_no_retry(outside):
    waiting()
    outside.meta.fail_next(failure(FailureClass.SLOW_NUMBER, 130429))

    run()

    assert len(outside.meta.sent) == 1
    assert not OutboxItem.objects.exists()
    assert MessageAttempt.objects.get().outcome == "WAIT"


def test_broken_account_holds_the_queue_and_tells_the_staff_once(outside):
    waiting(3)
    outside.meta.fail_next(failure(FailureClass.FATAL_ACCOUNT, 190))

    run()
    run()

    assert outside.meta.sent == []
    assert {row.state for row in OutboxItem.objects.all()} == {"PENDING"}
    assert {row.retries for row in OutboxItem.objects.all()} == {0}
    assert len(outside.staff.notices) == 1
    assert breakers.is_open(number_id=BusinessNumberFactory().pk)


def test_mended_account_sends_what_waited(outside):
    waiting(2)
    outside.meta.fail_next(failure(FailureClass.FATAL_ACCOUNT, 190))
    run()

    breakers.mend(number_id=BusinessNumberFactory().pk)
    run()

    assert len(outside.meta.sent) == 2
    assert not OutboxItem.objects.exists()


def test_new_token_mends_the_account_by_itself(outside, settings):
    waiting()
    outside.meta.fail_next(failure(FailureClass.FATAL_ACCOUNT, 190))
    run()

    settings.WHATSAPP = {**settings.WHATSAPP, "ACCESS_TOKEN": "another-token"}
    run()

    assert not OutboxItem.objects.exists()
    assert not breakers.is_open(number_id=BusinessNumberFactory().pk)


def test_message_past_its_time_fails_as_expired_and_never_leaves(outside):
    [message] = waiting(message__expires_at=timezone.now() - timedelta(seconds=1))

    run()

    message.refresh_from_db()
    assert outside.meta.sent == []
    assert (message.delivery_status, message.error_text) == ("FAILED", "expired")


def test_content_that_cannot_be_said_fails_alone(outside):
    [broken] = waiting(message__content={"kind": "riddle"})
    [whole] = waiting()

    run()

    broken.refresh_from_db()
    whole.refresh_from_db()
    assert (broken.delivery_status, whole.delivery_status) == ("FAILED", "SENT")


def test_person_without_a_phone_is_addressed_by_bsuid(outside):
    contact = ContactFactory(phone=None, wa_id=None, bsuid="RO.1000000000000001")
    conversation = ConversationFactory(contact=contact)
    messages.send_text(text="Da.", conversation_id=conversation.pk)

    run()

    [outgoing] = outside.meta.sent
    assert (outgoing.recipient.phone, outgoing.recipient.bsuid) == ("", "RO.1000000000000001")


def test_read_receipt_goes_to_the_customers_message(outside):
    message = MessageFactory(received=True)
    messages.queue_read_receipt(message_id=message.pk)

    run()

    assert outside.meta.read == [(message.external_message_id, False)]
    assert not OutboxItem.objects.exists()


def test_what_a_dead_sender_held_is_unconfirmed_and_not_sent_again(outside):
    [message] = waiting()
    number = BusinessNumberFactory()
    Message.objects.filter(pk=message.pk).update(delivery_status="SENDING", attempts=1)
    OutboxItem.objects.update(state="CLAIMED", epoch=7)
    SenderState.objects.create(
        number=number,
        holder="dead",
        epoch=7,
        lease_until=timezone.now() - timedelta(seconds=10),
    )

    run()

    message.refresh_from_db()
    assert message.delivery_status == "UNCONFIRMED"
    assert outside.meta.sent == []


def test_second_sender_finds_the_lease_taken_and_sends_nothing(outside):
    waiting()
    number = BusinessNumberFactory()
    assert sender_lease.elect(number_id=number.pk) is not None

    run()

    assert outside.meta.sent == []
    assert OutboxItem.objects.get().state == "PENDING"


def test_told_to_stop_it_gives_back_what_did_not_leave(outside):
    messages_waiting = waiting(3)
    delivery.stopping.set()

    run()

    delivery.stopping.clear()
    assert outside.meta.sent == []
    assert {row.state for row in OutboxItem.objects.all()} == {"PENDING"}
    assert Message.objects.filter(delivery_status="PENDING").count() == len(messages_waiting)


def test_number_that_meta_refuses_goes_on_slower_also_under_the_next_lease(outside):
    waiting(2)
    outside.meta.fail_next(failure(FailureClass.SLOW_NUMBER, 130429))

    run()
    lease = sender_lease.elect(number_id=BusinessNumberFactory().pk)
    keeper = breakers.Keeper(number=BusinessNumberFactory(), lease=lease)

    assert not OutboxItem.objects.exists()
    assert keeper.pace(now=timezone.now()) == 60
    assert keeper.pace(now=timezone.now() + timedelta(minutes=3)) == 80


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


@pytest.mark.django_db(transaction=True)
def test_accepted_message_that_cannot_be_written_yet_is_not_given_back(outside):
    """A claim broke while an answer waits for a lock: the row looks as if it had never left."""
    [message] = waiting()
    sender = delivery.Sender(sender_lease.elect(number_id=BusinessNumberFactory().pk))
    sender._keep_lease()
    sender._claim()
    sender._is_claiming = True  # as a claim leaves it whose answer was lost
    states: list[str] = []

    with wamids_refused():
        finishing = threading.Thread(target=lambda: (sender._finish(), connection.close()))
        finishing.start()
        finishing.join(1)
        states += OutboxItem.objects.values_list("state", flat=True)
    finishing.join()

    message.refresh_from_db()
    assert states == ["CLAIMED"]
    assert (message.delivery_status, message.attempts) == ("SENT", 1)
    assert not OutboxItem.objects.exists()


@contextmanager
def wamids_refused() -> Iterator[None]:
    """No answer can be written, as if somebody held the row; all else can."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'locked' USING ERRCODE = '55P03'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE OF external_message_id ON whatsapp_messages "
            "FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        try:
            yield
        finally:
            cursor.execute("DROP FUNCTION refuse() CASCADE")


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


def test_idle_sender_lets_another_number_have_its_slot(outside):
    waiting(next_attempt_at=timezone.now() + timedelta(seconds=40))
    other = BusinessNumberFactory(phone_number_id="555000000000002", is_default=False)
    OutboxItemFactory(
        message__conversation__number=other, next_attempt_at=timezone.now() - timedelta(seconds=5)
    )

    started = time.monotonic()
    run()

    assert time.monotonic() - started < 3


@pytest.mark.parametrize("kind", ["READ_RECEIPT", "TYPING"])
def test_receipt_does_not_leave_after_the_lease(outside, kind, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "SENDER_SAFETY": timedelta(seconds=5)}
    messages.queue_read_receipt(message_id=MessageFactory(received=True).pk)
    OutboxItem.objects.update(kind=kind)
    stop_soon = threading.Timer(0.7, delivery.stopping.set)
    stop_soon.start()

    run()

    delivery.stopping.clear()
    assert outside.meta.read == []
    assert OutboxItem.objects.get().state == "PENDING"


def test_new_pace_ends_the_turn_and_the_next_one_keeps_it(outside, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "SENDER_RENEW": timedelta(0)}
    waiting(next_attempt_at=timezone.now() + timedelta(seconds=40))
    number = BusinessNumberFactory()
    sender = delivery.Sender(sender_lease.elect(number_id=number.pk))
    BusinessNumber.objects.update(messages_per_second=20)

    started = time.monotonic()
    sender.run()

    assert time.monotonic() - started < 1
    assert SenderState.objects.get().holder == ""


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


@pytest.mark.django_db(transaction=True)
def test_eight_racing_workers_send_each_message_once(outside):
    sent = waiting(40)
    number = BusinessNumberFactory()

    def work() -> None:
        delivery.send_due(number_id=number.pk)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    callbacks = [outgoing.callback_data for outgoing in outside.meta.sent]
    assert sorted(callbacks) == sorted(f"{message.uuid}:1" for message in sent)
    assert Message.objects.filter(delivery_status="SENT").count() == 40
    assert not OutboxItem.objects.exists()
