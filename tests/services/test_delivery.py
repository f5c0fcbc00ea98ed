"""The sender at work, against a gateway that remembers. Each run leaves when nothing is due."""

from __future__ import annotations

import threading
import time
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
from tests.services.sending.scenes import run, waiting
from whatsapp import signals
from whatsapp.domain.retry import Priority
from whatsapp.models import BusinessNumber, Message, MessageAttempt, OutboxItem, SenderState
from whatsapp.services import delivery, messages
from whatsapp.services.outgoing import sender_lease

pytestmark = pytest.mark.django_db


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


def test_message_past_its_time_fails_as_expired_and_never_leaves(outside):
    [message] = waiting(message__expires_at=timezone.now() - timedelta(seconds=1))

    run()

    message.refresh_from_db()
    assert outside.meta.sent == []
    assert (message.delivery_status, message.error_text) == ("FAILED", "expired")


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
