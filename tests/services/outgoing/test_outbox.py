"""Rows in a sender's hands: in what order they come, and what becomes of those it leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.factories import (
    BusinessNumberFactory,
    ConversationFactory,
    MessageFactory,
    OutboxItemFactory,
)
from tests.locks import locked_elsewhere
from whatsapp.models import Message, OutboxItem, SenderState
from whatsapp.services import messages
from whatsapp.services.outgoing import outbox, sender_lease
from whatsapp.services.outgoing.sender_lease import Lease
from whatsapp.services.sending import returns

pytestmark = pytest.mark.django_db


def elected() -> Lease:
    lease = sender_lease.elect(number_id=BusinessNumberFactory().pk)
    assert lease is not None
    return lease


def succeed(old: Lease) -> Lease:
    """The old lease ran out, and another sender was elected."""
    SenderState.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    new = sender_lease.elect(number_id=old.number_id)
    assert new is not None
    return new


def in_another_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def pair_of_messages(**head: object) -> tuple[OutboxItem, OutboxItem]:
    """Two messages to one person; ``head`` is about the first."""
    conversation = ConversationFactory()
    first = OutboxItemFactory(message__conversation=conversation, **head)
    return first, OutboxItemFactory(
        message__conversation=conversation,
        next_attempt_at=timezone.now() - timedelta(minutes=1),
    )


def test_head_that_is_tried_again_still_leaves_before_what_was_queued_behind_it():
    head, _ = pair_of_messages(epoch=1, retries=1)

    [claimed] = outbox.claim(lease=elected(), limit=10)

    assert claimed.outbox_id == head.pk


def test_nothing_overtakes_a_head_that_waits_for_its_next_try():
    pair_of_messages(epoch=1, retries=1, next_attempt_at=timezone.now() + timedelta(seconds=30))

    assert outbox.claim(lease=elected(), limit=10) == []


def test_text_waits_for_the_picture_before_it(outside):
    pair_of_messages(state="UPLOADING")

    assert outbox.claim(lease=elected(), limit=10) == []


def test_picture_planned_for_later_holds_up_no_text(outside):
    later = timezone.now() + timedelta(hours=1)
    _, text = pair_of_messages(state="UPLOADING", next_attempt_at=later)

    [item] = outbox.claim(lease=elected(), limit=10)

    assert item.outbox_id == text.pk


@pytest.mark.parametrize("state", ["UNCONFIRMED", "HELD", "FAILED"])
def test_head_in_trouble_holds_up_nobody(state):
    _, follower = pair_of_messages(epoch=1, state=state)

    [claimed] = outbox.claim(lease=elected(), limit=10)

    assert claimed.outbox_id == follower.pk


def test_message_planned_for_later_does_not_hold_up_what_is_due_now():
    _, follower = pair_of_messages(next_attempt_at=timezone.now() + timedelta(hours=1))

    [claimed] = outbox.claim(lease=elected(), limit=10)

    assert claimed.outbox_id == follower.pk


def test_what_never_left_goes_back_even_if_it_is_held_by_now():
    item = OutboxItemFactory()
    lease = elected()
    claimed = outbox.claim(lease=lease, limit=1)
    returns.take_over(lease=succeed(lease))
    OutboxItem.objects.update(state="HELD")

    returns.give_back(items=claimed)

    item.refresh_from_db()
    assert (item.state, item.message.delivery_status) == ("PENDING", "PENDING")


def test_late_give_back_does_not_revive_what_a_person_dismissed():
    item = OutboxItemFactory()
    lease = elected()
    claimed = outbox.claim(lease=lease, limit=1)
    returns.take_over(lease=succeed(lease))
    messages.dismiss(message_id=item.message_id)

    returns.give_back(items=claimed)

    assert not OutboxItem.objects.exists()
    assert Message.objects.get().delivery_status == "UNCONFIRMED"


def test_number_with_rows_due_and_nobody_to_send_them_is_neglected():
    number_id = OutboxItemFactory(next_attempt_at=timezone.now() - timedelta(seconds=10)).number_id
    assert outbox.neglected(since=timedelta(seconds=5)) == [number_id]
    assert outbox.neglected(since=timedelta(seconds=15)) == []

    lease = sender_lease.elect(number_id=number_id)
    assert outbox.neglected(since=timedelta(seconds=5)) == []

    sender_lease.release(lease, departures=[])
    SenderState.objects.update(breaker={"state": "OPEN"})
    assert outbox.neglected(since=timedelta(seconds=5)) == []


def test_claim_whose_answer_was_lost_goes_back_undoubted():
    item = OutboxItemFactory()
    doubted = OutboxItemFactory(state="UNCONFIRMED", epoch=1)
    lease = elected()
    outbox.claim(lease=lease, limit=10)

    returns.give_back_unknown(lease=lease)

    item.refresh_from_db()
    doubted.refresh_from_db()
    assert (item.state, item.message.delivery_status) == ("PENDING", "PENDING")
    assert doubted.state == "UNCONFIRMED"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [Message, OutboxItem])
def test_give_back_waits_for_nobody_and_says_what_is_left(model):
    locked, free = OutboxItemFactory(), OutboxItemFactory()
    claimed = {item.outbox_id: item for item in outbox.claim(lease=elected(), limit=10)}
    held = locked.pk if model is OutboxItem else locked.message_id

    with locked_elsewhere(model.objects.filter(pk=held)):
        left = returns.give_back(items=list(claimed.values()))
    again = returns.give_back(items=left)

    assert (left, again) == ([claimed[locked.pk]], [])
    assert free.pk in claimed
    assert set(OutboxItem.objects.values_list("state", flat=True)) == {"PENDING"}
    assert set(Message.objects.values_list("delivery_status", flat=True)) == {"PENDING"}


@pytest.mark.django_db(transaction=True)
def test_claim_whose_answer_was_lost_goes_back_when_nobody_holds_it():
    item, free = OutboxItemFactory(), OutboxItemFactory()
    lease = elected()
    outbox.claim(lease=lease, limit=10)

    with locked_elsewhere(Message.objects.filter(pk=item.message_id)):
        at_first = returns.give_back_unknown(lease=lease)
        free.refresh_from_db()
    later = returns.give_back_unknown(lease=lease)

    assert (at_first, free.state, later) == (False, "PENDING", True)
    item.refresh_from_db()
    assert (item.state, item.message.delivery_status) == ("PENDING", "PENDING")


def test_row_that_a_newer_sender_holds_is_not_given_back():
    item = OutboxItemFactory()
    lease = elected()
    claimed = outbox.claim(lease=lease, limit=1)
    newer = succeed(lease)
    returns.take_over(lease=newer)
    messages.retry(message_id=item.message_id)
    outbox.claim(lease=newer, limit=1)

    returns.give_back(items=claimed)

    item.refresh_from_db()
    assert (item.state, item.epoch) == ("CLAIMED", newer.epoch)
    assert item.message.delivery_status == "SENDING"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [Message, OutboxItem])
def test_rows_that_somebody_holds_are_passed_over_however_many(model):
    lease, items = elected(), [OutboxItemFactory() for _ in range(12)]
    first = [item.pk if model is OutboxItem else item.message_id for item in items[:10]]

    with locked_elsewhere(model.objects.filter(pk__in=first)), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
        claimed = outbox.claim(lease=lease, limit=8)
        cursor.execute("RESET lock_timeout")

    assert [item.outbox_id for item in claimed] == [item.pk for item in items[10:]]


@pytest.mark.django_db(transaction=True)
def test_message_that_somebody_else_has_locked_holds_up_no_other():
    locked, free = OutboxItemFactory(), OutboxItemFactory()
    lease = elected()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Message.objects.select_for_update().get(pk=locked.message_id)
            held.set()
            done.wait(10)

    holder = in_another_thread(hold)
    held.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
    claimed = outbox.claim(lease=lease, limit=10)
    done.set()
    holder.join()

    assert [item.outbox_id for item in claimed] == [free.pk]
    assert [item.outbox_id for item in outbox.claim(lease=lease, limit=10)] == [locked.pk]


@pytest.mark.django_db(transaction=True)
def test_take_over_waits_for_nobody_and_looks_again():
    lease = elected()
    item = OutboxItemFactory()
    messages.queue_read_receipt(message_id=MessageFactory(received=True).pk)
    outbox.claim(lease=lease, limit=10)
    receipt = OutboxItem.objects.get(kind="READ_RECEIPT")
    newer = succeed(lease)
    locked = threading.Event()

    def record() -> None:
        with transaction.atomic():
            Message.objects.select_for_update().get(pk=item.message_id)
            locked.set()
            threading.Event().wait(0.3)
            OutboxItem.objects.filter(pk=receipt.pk).delete()

    recorder = in_another_thread(record)
    locked.wait(10)
    at_first = returns.take_over(lease=newer)
    recorder.join()

    assert (at_first, returns.take_over(lease=newer)) == (0, 1)
    item.refresh_from_db()
    assert item.state == "UNCONFIRMED"
    assert not OutboxItem.objects.filter(pk=receipt.pk).exists()
