import itertools
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
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
from whatsapp import signals
from whatsapp.domain.updates import InboundMedia, InboundMessage, Person
from whatsapp.models import Contact, Conversation, Media, Message, MessageAttempt, OutboxItem
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.ports import CustomerRecord
from whatsapp.services import inbox, webhook_events

pytestmark = pytest.mark.django_db

ANA = Person(wa_id="40700000001", bsuid="RO.1", profile_name="Ana Ionescu")
_numbers = itertools.count(1)


@pytest.fixture
def number(outside):
    return BusinessNumberFactory()


def wrote(text: str = "Unde este comanda?", **fields) -> InboundMessage:
    given = {
        "wamid": f"wamid.IN{next(_numbers)}",
        "phone_number_id": "555000000000001",
        "person": ANA,
        "happened_at": timezone.now().replace(microsecond=0),
        "message_type": "TEXT",
        "content": {"type": "text", "text": {"body": text}},
    }
    return InboundMessage(text=text, **(given | fields))


def receive(update: InboundMessage, *, now: datetime | None = None) -> EventOutcome:
    return inbox.receive(updates=[update], now=now or timezone.now())[0]


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


# The automatic reply


@pytest.fixture
def answering(number):
    number.auto_reply_text = "Vă mulțumim! Vă răspundem în curând."
    number.save()
    return number


def test_automatic_reply_is_off_by_default(number):
    receive(wrote())

    assert not OutboxItem.objects.exists()


def test_automatic_reply_is_sent_once_a_day_behind_agents(answering):
    now = timezone.now()
    receive(wrote(), now=now)
    receive(wrote(), now=now + timedelta(hours=23, minutes=59))

    reply = Message.objects.sent().get()
    assert reply.message_text == "Vă mulțumim! Vă răspundem în curând."
    assert reply.user_id is None
    assert OutboxItem.objects.get().priority == 1
    conversation = Conversation.objects.get()
    assert conversation.auto_replied_at == now
    assert conversation.waiting_since is not None  # nobody has answered yet

    a_day_later = now + timedelta(hours=24)
    receive(wrote(happened_at=a_day_later), now=a_day_later)

    assert Message.objects.sent().count() == 2


@pytest.mark.parametrize("kind", ["REACTION", "SYSTEM", "UNSUPPORTED"])
def test_automatic_reply_is_for_words_only(answering, kind):
    receive(wrote("👍", message_type=kind))

    assert not OutboxItem.objects.exists()
    assert Conversation.objects.get().auto_replied_at is None


def test_message_that_comes_days_late_gets_no_automatic_reply(answering):
    update = wrote(happened_at=timezone.now() - timedelta(days=2))

    assert receive(update) is EventOutcome.APPLIED

    assert Message.objects.count() == 1
    assert Conversation.objects.get().auto_replied_at is None


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


def test_new_number_is_a_line_in_the_thread_that_asks_for_nobody(number):
    receive(wrote())
    before = Conversation.objects.get()

    receive(
        wrote(
            "User A changed from 40700000001 to 40700000009",
            message_type="SYSTEM",
            person=Person(wa_id="40700000001"),
            becomes=Person(wa_id="40700000009"),
        )
    )

    conversation = Conversation.objects.get()
    assert conversation.contact.phone == "+40700000009"
    assert (conversation.message_count, conversation.unread_count) == (2, 1)
    assert conversation.waiting_since == before.waiting_since
    line = Message.objects.get(message_type="SYSTEM")
    assert (line.conversation_id, line.contact_id) == (conversation.pk, conversation.contact_id)


def test_new_number_of_a_resolved_conversation_does_not_open_it(number):
    receive(wrote())
    Conversation.objects.update(status="RESOLVED", resolved_at=timezone.now())

    receive(
        wrote(
            message_type="SYSTEM",
            person=Person(wa_id="40700000001"),
            becomes=Person(wa_id="40700000009"),
        )
    )

    assert Conversation.objects.get().status == "RESOLVED"
    assert not OutboxItem.objects.exists()


def test_changed_identity_is_a_line_in_the_thread(number):
    receive(wrote("Ana's security code changed", message_type="SYSTEM"))

    conversation = Conversation.objects.get()
    assert conversation.messages.get().message_text == "Ana's security code changed"
    assert (conversation.status, conversation.unread_count) == ("RESOLVED", 0)


def test_number_that_moves_in_the_midst_of_a_batch_divides_it(number):
    """The same words before and after: of the one who had the number, and of who has it now."""
    start = timezone.now().replace(microsecond=0) - timedelta(minutes=1)
    phone_only = Person(wa_id="40700000001")
    moved = {
        "message_type": "SYSTEM",
        "person": phone_only,
        "becomes": Person(wa_id="40700000009"),
    }
    batch = [
        wrote("before", person=phone_only, happened_at=start),
        wrote("moved", happened_at=start + timedelta(seconds=5), **moved),
        wrote("after", person=phone_only, happened_at=start + timedelta(seconds=9)),
    ]

    inbox.receive(updates=batch, now=timezone.now())

    by_phone = dict(Message.objects.values_list("message_text", "contact__phone"))
    assert by_phone == {
        "before": "+40700000009",
        "moved": "+40700000009",
        "after": "+40700000001",
    }


def test_many_words_of_a_person_with_something_new_are_judged_in_few_queries(
    number, django_assert_max_num_queries
):
    receive(wrote(person=Person(wa_id="40700000001")))
    batch = [wrote(person=ANA) for _ in range(20)]

    with django_assert_max_num_queries(60):
        inbox.receive(updates=batch, now=timezone.now())

    assert Message.objects.count() == 21
    assert Contact.objects.get().bsuid == "RO.1"


def test_word_too_old_for_a_number_counts_when_it_comes_again(number):
    start = timezone.now().replace(microsecond=0) - timedelta(minutes=1)

    def showed(wa_id: str, second: int) -> InboundMessage:
        shown = {"from": wa_id, "from_user_id": "RO.1"}
        at = start + timedelta(seconds=second)
        return wrote(person=Person(wa_id=wa_id, bsuid="RO.1"), happened_at=at, content=shown)

    receive(showed("40700000001", 4))

    batch = [showed("40700000009", 1), showed("40700000009", 5)]
    inbox.receive(updates=batch, now=timezone.now())

    assert Contact.objects.get().wa_id == "40700000009"
