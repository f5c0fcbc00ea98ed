"""A customer's message: its contact, its conversation, what it answers, and whom it wakes."""

import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pytest
from django.db import connection

from cypher_erp.customers.models import Customer
from cypher_erp.orders.models import Order
from tests import webhook_bodies as bodies
from tests.factories import ContactFactory, ConversationFactory, MessageFactory
from tests.services.receiving.steps import receive, wrote
from whatsapp import signals
from whatsapp.domain.updates import InboundMedia, Person
from whatsapp.models import Contact, Conversation, Media, Message, MessageAttempt
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.ports import CustomerRecord
from whatsapp.services import webhook_events

pytestmark = pytest.mark.django_db


def test_first_message_opens_a_conversation_with_a_new_contact(number):
    update = wrote()

    assert receive(update) is EventOutcome.APPLIED

    message = Message.objects.get()
    assert message.direction == "RECEIVED"
    assert message.delivery_status is None
    assert message.external_message_id == update.wamid
    assert message.message_text == "Unde este comanda?"
    assert message.happened_at == update.happened_at
    assert message.phone_number == "+40700000001"
    assert message.number == number
    conversation = message.conversation
    assert (conversation.status, conversation.unread_count) == ("OPEN", 1)
    assert conversation.last_inbound_at == update.happened_at
    assert conversation.contact.profile_name == "Ana Ionescu"
    assert conversation.contact.has_whatsapp is True


def test_resolved_conversation_is_reopened_and_archived_one_followed_by_another(number):
    contact = ContactFactory(phone="+40700000001", wa_id="40700000001")
    ConversationFactory(contact=contact, status="ARCHIVED")
    resolved = ConversationFactory(contact=contact, status="RESOLVED")

    receive(wrote())

    resolved.refresh_from_db()
    assert (resolved.status, resolved.unread_count) == ("OPEN", 1)
    assert Conversation.objects.count() == 2


def test_same_wamid_twice_is_stale(number):
    update = wrote()
    receive(update)

    assert receive(update) is EventOutcome.STALE

    assert Message.objects.count() == 1
    assert Conversation.objects.get().unread_count == 1


def test_number_that_is_not_ours_has_no_effect(number):
    assert receive(wrote(phone_number_id="999")) is EventOutcome.NOT_OURS

    assert not Contact.objects.exists()
    assert not Message.objects.exists()


def test_group_message_never_enters_a_private_thread(number):
    assert receive(wrote(group_id="group.1")) is EventOutcome.UNSUPPORTED

    assert not Conversation.objects.exists()
    assert not Message.objects.exists()


def test_username_without_a_phone_gets_a_conversation_of_its_own(number):
    receive(wrote(person=Person(bsuid="RO.7", username="mihai.p")))
    receive(wrote(person=Person(bsuid="RO.8", username="dana")))

    assert Conversation.objects.count() == 2
    assert set(Message.objects.values_list("phone_number", flat=True)) == {None}


# The ERP


def test_customer_of_the_erp_is_found_by_phone(number, outside):
    customer = Customer.objects.create(name="Ana Ionescu", phone="0700000001")
    outside.customers.add(CustomerRecord(id=customer.pk, name="Ana", phone="0700 000 001"))

    receive(wrote())

    assert Contact.objects.get().customer_id == customer.pk
    assert Message.objects.get().customer_id == customer.pk


def test_known_customer_is_not_looked_up_again(number, outside):
    customer = Customer.objects.create(name="Ana Ionescu", phone="0700000001")
    ContactFactory(phone="+40700000001", customer_id=customer.pk)

    receive(wrote())

    assert outside.customers.calls == 0
    assert Message.objects.get().customer_id == customer.pk


class BrokenDirectory:
    """A host's adapter with a bug."""

    def find_by_phones(self, phones: Iterable[str]) -> Mapping[str, CustomerRecord]:
        Customer.objects.raw("SELECT * FROM nowhere")[0]


def test_trouble_of_the_customer_directory_does_not_lose_the_message(number, settings):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "CUSTOMER_DIRECTORY": f"{__name__}.{BrokenDirectory.__name__}",
    }

    assert receive(wrote()) is EventOutcome.APPLIED

    assert Message.objects.get().customer_id is None


def test_answer_to_an_order_notice_belongs_to_the_order(number):
    customer = Customer.objects.create(name="Ana Ionescu", phone="0700000001")
    order = Order.objects.create(number="C-1", customer=customer)
    notice = MessageFactory(external_message_id="wamid.NOTICE", order_id=order.pk)

    receive(wrote("Mulțumesc!", reply_to_wamid="wamid.NOTICE"))

    message = Message.objects.received().get()
    assert message.reply_to == notice
    assert message.order_id == order.pk


def test_answer_to_the_second_send_of_a_message_finds_it(number):
    notice = MessageFactory()
    MessageAttempt.objects.create(message=notice, attempt=1, wamid="wamid.2ND", outcome="DOUBLED")

    receive(wrote(reply_to_wamid="wamid.2ND"))

    assert Message.objects.received().get().reply_to == notice


def test_answer_to_a_message_we_do_not_have_is_kept(number):
    assert receive(wrote(reply_to_wamid="wamid.GONE")) is EventOutcome.APPLIED

    assert Message.objects.get().reply_to is None


# Files


def test_file_is_expected_and_its_digest_kept_as_hex(number):
    digest = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="  # sha256 of "hello"
    media = InboundMedia(media_id="9001", mime_type="image/jpeg", filename="a.jpg", sha256=digest)

    receive(wrote("Poza", message_type="IMAGE", media=media))

    row = Media.objects.get()
    assert row.message == Message.objects.get()
    assert (row.media_id, row.state, row.number) == ("9001", "PENDING", number)
    assert row.sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


def test_digest_that_is_hex_already_is_kept(number):
    media = InboundMedia(media_id="9001", sha256="AB" * 32)

    receive(wrote("Poza", message_type="IMAGE", media=media))

    assert Media.objects.get().sha256 == "ab" * 32


@pytest.mark.parametrize("sha256", ["", "not base64!", "QUJD", "x" * 400])
def test_digest_that_is_none_is_not_kept(number, sha256):
    media = InboundMedia(media_id="9001", sha256=sha256)

    receive(wrote("Poza", message_type="IMAGE", media=media))

    assert Media.objects.get().sha256 == ""


def test_listeners_are_told(number):
    told = []

    def listen(message_ids, **_):
        told.append(message_ids)

    signals.message_received.connect(listen)
    try:
        receive(wrote())
    finally:
        signals.message_received.disconnect(listen)

    assert told == [[Message.objects.get().pk]]


# Races


@pytest.mark.django_db(transaction=True)
def test_album_of_a_new_person_is_one_conversation_however_it_comes(number):
    start = threading.Barrier(4)

    def post_and_process(numbers: range) -> None:
        start.wait()
        try:
            for n in numbers:
                item = bodies.text(f"wamid.ALBUM{n}", f"Poza {n}", at=n)
                webhook_events.record(body=bodies.body(bodies.messages(item)))
                while webhook_events.process_due(now=datetime.now(tz=UTC)):
                    pass
        finally:
            connection.close()

    threads = [threading.Thread(target=post_and_process, args=(range(n, 12, 4),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Contact.objects.count() == 1
    conversation = Conversation.objects.get()
    assert (conversation.unread_count, conversation.message_count) == (12, 12)
    assert conversation.last_message_preview == "Poza 11"
    thread_texts = Message.objects.thread(conversation.pk).values_list("message_text", flat=True)
    assert list(thread_texts) == [f"Poza {n}" for n in reversed(range(12))]
