"""Merges beside everything else that happens at that moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from tests import webhook_bodies as bodies
from tests.factories import (
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    OutboxItemFactory,
    TemplateFactory,
)
from tests.services.receiving.steps import T0, process
from whatsapp.domain.updates import Person
from whatsapp.models import Contact, ContactMerge, Conversation, Message, OutboxItem, WebhookEvent
from whatsapp.services import bulk, messages, webhook_events
from whatsapp.services.contacts import people
from whatsapp.services.outgoing.recipients import Recipient

pytestmark = pytest.mark.django_db(transaction=True)

WA_ID, BSUID = "40712000123", "RO.1"


@pytest.fixture
def by_phone(number):
    return ContactFactory(phone=f"+{WA_ID}", wa_id=WA_ID)


@pytest.fixture
def by_bsuid(by_phone):
    return ContactFactory(phone=None, wa_id=None, bsuid=BSUID)


def merge() -> None:
    people.contact_for(person=Person(wa_id=WA_ID, bsuid=BSUID), at=T0)


class Elsewhere:
    """Work on another connection, begun while we are in the midst of something."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.error: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._thread.join(timeout=0.4)  # it is done, or waits for us

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self.error = error
        finally:
            connection.close()

    @property
    def waits(self) -> bool:
        return self._thread.is_alive()

    def end(self) -> None:
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()
        assert self.error is None


def only_contact() -> Contact:
    return Contact.objects.get(merged_into=None)


def test_two_processors_that_merge_the_same_pair_make_one_merge(by_phone, by_bsuid):
    for contact in (by_phone, by_bsuid):
        ConversationFactory(contact=contact)
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        with transaction.atomic():
            merge()

    workers = [threading.Thread(target=lambda: (work(), connection.close())) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert ContactMerge.objects.count() == 1
    assert only_contact().bsuid == BSUID
    assert Conversation.objects.live().count() == 1


def test_reply_that_met_the_merge_joins_the_surviving_conversation(by_phone, by_bsuid):
    kept = ConversationFactory(contact=by_phone)
    ended = ConversationFactory(contact=by_bsuid)

    with transaction.atomic():
        merge()
        reply = Elsewhere(lambda: messages.send_text(text="Da", conversation_id=ended.pk))
        assert reply.waits
    reply.end()

    message = Message.objects.get()
    assert (message.conversation_id, message.contact_id) == (kept.pk, by_phone.pk)
    assert OutboxItem.objects.get().contact_id == by_phone.pk


def test_reply_that_came_first_is_taken_along(by_phone, by_bsuid):
    kept = ConversationFactory(contact=by_phone)
    ended = ConversationFactory(contact=by_bsuid)

    with transaction.atomic():
        messages.send_text(text="Da", conversation_id=ended.pk)
        merging = Elsewhere(transaction.atomic(merge))
        assert merging.waits
    merging.end()

    message = Message.objects.get()
    assert (message.conversation_id, message.contact_id) == (kept.pk, by_phone.pk)
    assert OutboxItem.objects.get().contact_id == by_phone.pk
    kept.refresh_from_db()
    assert kept.message_count == 1


def test_thread_begun_while_its_contact_is_taken_in_is_the_survivors(by_phone, by_bsuid):
    TemplateFactory()

    def write() -> None:
        with transaction.atomic():
            messages.send_template(
                contact_id=by_bsuid.pk,
                template="order_shipped",
                language="ro",
                parameters={"customer": "Ana", "order_number": "C-1"},
            )

    with transaction.atomic():
        merge()
        writing = Elsewhere(write)
        assert writing.waits
    writing.end()

    assert Message.objects.get().contact_id == by_phone.pk
    assert Conversation.objects.live().get().contact_id == by_phone.pk


@pytest.mark.parametrize("has_thread", [True, False])
def test_bulk_that_met_the_merge_writes_to_the_survivor_once(by_phone, by_bsuid, has_thread):
    TemplateFactory()
    if has_thread:
        ConversationFactory(contact=by_bsuid)
    values = {"customer": "Ana", "order_number": "C-1"}
    both = [Recipient(contact_id=contact.pk, parameters=values) for contact in (by_phone, by_bsuid)]

    def write() -> None:
        with transaction.atomic():
            bulk.send_many(template="order_shipped", language="ro", recipients=both)

    with transaction.atomic():
        merge()
        writing = Elsewhere(write)
        assert writing.waits
    writing.end()

    assert Message.objects.get().contact_id == by_phone.pk
    assert Conversation.objects.live().get().contact_id == by_phone.pk
    assert OutboxItem.objects.get().contact_id == by_phone.pk


def test_inbound_of_the_absorbed_contact_meanwhile_joins_the_survivor(by_phone, by_bsuid):
    ConversationFactory(contact=by_bsuid)
    item = bodies.text("wamid.A")
    del item["from"]
    item["from_user_id"] = BSUID
    webhook_events.record(body=bodies.body(bodies.messages(item)))

    with transaction.atomic():
        merge()
        taking = Elsewhere(lambda: webhook_events.process_due(now=datetime.now(tz=UTC)))
        assert taking.waits
    taking.end()

    message = Message.objects.get()
    assert message.contact_id == by_phone.pk
    assert Conversation.objects.live().get().contact_id == by_phone.pk
    assert set(WebhookEvent.objects.values_list("status", flat=True)) == {"processed"}


def test_message_in_a_senders_hands_is_taken_along_and_settled_once(by_phone, by_bsuid):
    message = MessageFactory(
        conversation__contact=by_bsuid, delivery_status="SENDING", external_message_id=None
    )
    OutboxItemFactory(message=message, state="CLAIMED", epoch=3)

    with transaction.atomic():
        merge()

    message.refresh_from_db()
    item = OutboxItem.objects.get()
    assert (item.contact_id, item.state, item.epoch) == (by_phone.pk, "CLAIMED", 3)
    people.note_wa_ids({by_bsuid.pk: "40799999999"})  # the answer names the contact it had then
    by_bsuid.refresh_from_db()
    assert by_bsuid.wa_id is None


def test_processors_whose_merges_cross_repeat_and_lose_nothing(number):
    """Batches that lock the same people in other orders: by number here, by BSUID there."""
    count = 8
    for n in range(count):
        ConversationFactory(contact=ContactFactory(phone=f"+4071200010{n}", wa_id=f"4071200010{n}"))
    for n in reversed(range(count)):
        ConversationFactory(contact=ContactFactory(phone=None, wa_id=None, bsuid=f"RO.{count - n}"))
    for n in range(count):
        person = {"from": f"4071200010{n}", "from_user_id": f"RO.{n + 1}"}
        for turn in range(4):
            item = bodies.text(f"wamid.{n}.{turn}", at=turn) | person
            webhook_events.record(body=bodies.body(bodies.messages(item)))
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        try:
            while webhook_events.process_due(now=datetime.now(tz=UTC), limit=5):
                pass
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    process()

    assert set(WebhookEvent.objects.values_list("status", flat=True)) == {"processed"}
    assert Message.objects.received().count() == 4 * count
    assert ContactMerge.objects.count() == count
    live = Conversation.objects.live().values_list("message_count", "unread_count")
    assert list(live) == [(4, 4)] * count
