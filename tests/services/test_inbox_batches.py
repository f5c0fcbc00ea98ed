"""Many messages at once: in as many statements as few, and with the same end as one by one."""

import itertools
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cypher_erp.customers.models import Customer
from cypher_erp.orders.models import Order
from tests import webhook_bodies as bodies
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    MessageFactory,
)
from tests.services.receiving.steps import outcomes, process
from whatsapp import signals
from whatsapp.models import Contact, Conversation, Media, Message, OutboxItem
from whatsapp.ports import CustomerRecord
from whatsapp.services import webhook_events

pytestmark = pytest.mark.django_db


def record(*items: dict, each_alone: bool = False) -> None:
    for some in [[item] for item in items] if each_alone else [items]:
        webhook_events.record(body=bodies.body(bodies.messages(*some)))


def write_from(*senders: str, word: str = "") -> list[dict]:
    return [
        bodies.text(f"wamid.{word}{sender}.{n}", sender=sender, at=n)
        for n, sender in enumerate(senders)
    ]


def statements(items: list[dict]) -> int:
    record(*items)
    with CaptureQueriesContext(connection) as seen:
        process()
    return len(seen)


def test_forty_messages_take_as_many_statements_as_two(number, outside):
    customer = Customer.objects.create(name="Ana", phone="0700000000")
    for n in range(42):
        contact = ContactFactory(
            phone=f"+407000001{n:02}", profile_name="Ana Ionescu", customer_id=customer.pk
        )
        ConversationFactory(contact=contact, number=number)
    few = statements(write_from("40700000140", "40700000141"))

    many = statements(write_from(*(f"407000001{n:02}" for n in range(40))))

    assert many == few
    assert Message.objects.received().count() == 42
    assert outside.customers.calls == 0


def test_strangers_are_made_together_and_known_to_the_erp(number, outside):
    some = [f"407000000{n:02}" for n in range(10)]
    customer = Customer.objects.create(name="Ana", phone="0700000003")
    outside.customers.add(CustomerRecord(id=customer.pk, name="Ana", phone="0700 000 003"))

    record(*write_from(*some, *some))
    process()

    assert Contact.objects.get(customer=customer).phone == "+40700000003"
    assert Contact.objects.count() == 10
    assert set(Conversation.objects.values_list("unread_count", flat=True)) == {2}
    assert set(Contact.objects.values_list("has_whatsapp", flat=True)) == {True}


class Directory:
    """Notes what it is asked, and knows nobody."""

    asked: ClassVar[list[list[str]]] = []

    def find_by_phones(self, phones: Iterable[str]) -> dict[str, CustomerRecord]:
        self.asked.append(sorted(phones))
        return {}


def test_erp_is_asked_once_for_all(number, settings):
    directory = f"{__name__}.{Directory.__name__}"
    settings.WHATSAPP = {**settings.WHATSAPP, "CUSTOMER_DIRECTORY": directory}
    Directory.asked.clear()

    record(*write_from("40700000001", "40700000002", "40700000001"))
    process()

    assert Directory.asked == [["+40700000001", "+40700000002"]]


def test_person_who_shows_a_bsuid_later_in_the_batch_is_one_contact(number):
    first = bodies.text("wamid.1", "Unu", at=1)
    second = {**bodies.text("wamid.2", "Doi", at=2), "from_user_id": "RO.1"}
    hidden = {**bodies.text("wamid.3", "Trei", at=3), "from_user_id": "RO.1"}
    del hidden["from"]

    record(first, second, each_alone=True)
    record(hidden, each_alone=True)
    process()

    contact = Contact.objects.get()
    assert (contact.phone, contact.bsuid) == ("+40700000001", "RO.1")
    assert Conversation.objects.get().unread_count == 3


def test_name_of_the_last_message_counts(number):
    ContactFactory(phone="+40700000001", profile_name="Ana")
    for at, name in ((1, "Ana I."), (3, "Ana Ionescu"), (2, "Ana P.")):
        value = bodies.messages(bodies.text(f"wamid.{at}", at=at))
        value["contacts"][0]["profile"]["name"] = name
        webhook_events.record(body=bodies.body(value))

    process()

    assert Contact.objects.get().profile_name == "Ana Ionescu"
    assert Message.objects.count() == 3


def test_answer_to_a_message_of_the_same_batch_is_linked(number):
    customer = Customer.objects.create(name="Ana", phone="0711111111")
    order = Order.objects.create(number="C-1", customer=customer)
    MessageFactory(external_message_id="wamid.NOTICE", order_id=order.pk)
    first = {**bodies.text("wamid.1", at=1), "context": {"id": "wamid.NOTICE"}}
    second = {**bodies.text("wamid.2", at=2), "context": {"id": "wamid.1"}}
    itself = {**bodies.text("wamid.3", at=3), "context": {"id": "wamid.3"}}

    record(first, second, itself)
    process()

    linked = Message.objects.get(external_message_id="wamid.2")
    assert linked.reply_to == Message.objects.get(external_message_id="wamid.1")
    assert linked.order_id == order.pk
    assert Message.objects.get(external_message_id="wamid.3").reply_to is None


def test_messages_to_two_numbers_do_not_mix(number):
    other = BusinessNumberFactory(
        phone_number_id="555000000000002", is_default=False, display_number="+40 300 000 002"
    )
    for phone_number_id in (bodies.NUMBER, other.phone_number_id, "999"):
        item = bodies.text(f"wamid.{phone_number_id}")
        value = bodies.messages(item, number=phone_number_id)
        webhook_events.record(body=bodies.body(value))

    process()

    placed = Message.objects.values_list("external_message_id", "number", "conversation__number")
    assert set(placed) == {
        (f"wamid.{bodies.NUMBER}", number.pk, number.pk),
        (f"wamid.{other.phone_number_id}", other.pk, other.pk),
    }
    assert outcomes()["message:wamid.999"] == ("processed", "not ours")


def test_replies_of_a_batch_are_one_for_each_conversation(number):
    number.auto_reply_text = "Vă răspundem în curând."
    number.save()
    now = int(timezone.now().timestamp()) - bodies.SECOND
    items = [
        bodies.text(f"wamid.{sender}.{n}", sender=sender, at=now)
        for sender in ("40700000001", "40700000002")
        for n in range(3)
    ]

    record(*items)
    process()

    assert OutboxItem.objects.count() == 2
    assert set(Conversation.objects.values_list("message_count", "unread_count")) == {(4, 3)}
    assert not Conversation.objects.filter(auto_replied_at=None).exists()


def test_listeners_are_told_once_of_all(number):
    told = []

    def listen(message_ids, **_):
        told.append(message_ids)

    signals.message_received.connect(listen)
    try:
        record(*write_from("40700000001", "40700000002", "40700000001"))
        process()
    finally:
        signals.message_received.disconnect(listen)

    assert told == [list(Message.objects.order_by("pk").values_list("pk", flat=True))]


def test_files_of_a_batch_are_expected(number):
    record(*(bodies.image(f"wamid.{n}", media_id=f"90{n}") for n in range(5)))

    process()

    media = Media.objects.order_by("message__external_message_id")
    assert list(media.values_list("media_id", flat=True)) == [f"90{n}" for n in range(5)]


# In any order, in any batches


def state() -> tuple[object, ...]:
    """All that customers' words did, without what only tells one run from another."""
    messages = Message.objects.order_by("happened_at", "external_message_id")
    columns = ("external_message_id", "message_text", "happened_at", "contact__wa_id")
    conversation = Conversation.objects.order_by("contact__wa_id").values_list(
        *("contact__wa_id", "status", "unread_count", "message_count", "waiting_since"),
        *("last_message_at", "last_message_preview", "last_inbound_at", "response_due_at"),
    )
    return list(messages.values_list(*columns)), list(conversation)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
@pytest.mark.parametrize("limit", [1, 3, 500])
def test_any_order_and_any_batches_end_in_the_same_state(number, order, limit):
    items = [
        bodies.text(f"wamid.{n}.{sender}", f"Mesajul {n}", sender=sender, at=n)
        for n in range(4)
        for sender in ("40700000001", "40700000002")
    ]
    with transaction.atomic():
        record(*items)
        process()
        expected = state()
        transaction.set_rollback(True)

    for place in (*order, *order):  # each of them twice
        record(*items[place * 2 : place * 2 + 2])
        while webhook_events.process_due(now=datetime.now(tz=UTC), limit=limit):
            pass

    assert state() == expected


@pytest.mark.django_db(transaction=True)
def test_ten_pictures_of_a_new_person_in_ten_requests_at_once_are_one_thread(number):
    start = threading.Barrier(10)

    def post_and_process(n: int) -> None:
        start.wait()
        try:
            webhook_events.record(body=bodies.body(bodies.messages(bodies.image(f"wamid.{n}"))))
            while webhook_events.process_due(now=datetime.now(tz=UTC)):
                pass
        finally:
            connection.close()

    posts = [threading.Thread(target=post_and_process, args=(n,)) for n in range(10)]
    for post in posts:
        post.start()
    for post in posts:
        post.join()
    process()  # what somebody was about to take up when the last one looked

    assert Contact.objects.count() == 1
    conversation = Conversation.objects.get()
    assert (conversation.unread_count, conversation.message_count) == (10, 10)
    assert Media.objects.count() == 10
    reads = [list(Message.objects.thread(conversation.pk).values_list("pk")) for _ in range(3)]
    assert len(reads[0]) == 10
    assert reads[0] == reads[1] == reads[2]
    assert set(outcomes().values()) == {("processed", "applied")}
