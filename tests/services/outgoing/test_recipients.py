"""Who gets what one template says to many, and who is refused alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.erp.factories import CustomerFactory, OrderFactory
from tests.factories import ContactFactory, ConversationFactory, TemplateFactory, UserFactory
from tests.sending import PARAMETERS
from tests.services.crowds import send, to
from whatsapp.models import Contact, Conversation, Message
from whatsapp.ports import CustomerRecord
from whatsapp.services.messages import send_many

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("approved_template")]


def refusals(result) -> list[tuple[int, str]]:
    return [(one.position, one.code) for one in result.refused]


def test_whoever_cannot_get_it_is_refused_alone():
    stranger = ContactFactory(phone="+40712000009")
    gone = stranger.pk
    stranger.delete()

    result = send(
        to("+40712000001"),
        to("12"),
        to("+40712000002", parameters={"customer": "Ana"}),
        to("+40712000003", customer_id=999_999),
        to("+40712000004", order_id=999_999),
        to(contact_id=gone),
        to("+40712000005", contact_id=gone),
        to(),
        to("+40712000006", parameters={**PARAMETERS, "customer": "a\0b"}),
        to("+40712000007", parameters={**PARAMETERS, "customer": "\ud800"}),
        to("+40712000008"),
    )

    assert refusals(result) == [
        (1, "invalid_phone"),
        (2, "template_validation"),
        (3, "not_found"),
        (4, "not_found"),
        (5, "not_found"),
        (6, "validation"),
        (7, "invalid_phone"),
        (8, "template_validation"),
        (9, "template_validation"),
    ]
    assert all(one.reason for one in result.refused)
    assert sorted(Message.objects.values_list("phone_number", flat=True)) == [
        "+40712000001",
        "+40712000008",
    ]
    assert Contact.objects.count() == 2
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the commit would succeed


def test_person_named_again_gets_it_once():
    contact = ContactFactory(phone="+40712000001")

    result = send(
        to("0712 000 001"), to("+40712000001"), to(contact_id=contact.pk), to("0712000002")
    )

    assert refusals(result) == [(1, "duplicate"), (2, "duplicate")]
    assert len(result.message_ids) == Message.objects.count() == 2


def test_marketing_keeps_away_from_who_opted_out():
    TemplateFactory(name="promo", category="MARKETING")
    ContactFactory(phone="+40712000001", marketing_consent=False)
    ContactFactory(phone="+40712000002", marketing_consent=True)

    result = send_many(
        template="promo",
        language="ro",
        recipients=[to("+40712000001"), to("+40712000002"), to("+40712000003")],
    )

    assert refusals(result) == [(0, "message_not_deliverable")]
    assert set(Message.objects.values_list("phone_number", flat=True)) == {
        "+40712000002",
        "+40712000003",
    }


def test_notice_reaches_who_opted_out_of_marketing():
    ContactFactory(phone="+40712000001", marketing_consent=False)

    assert refusals(send(to("+40712000001"))) == []


def test_live_conversation_is_joined_and_only_its_last_words_change():
    waiting_since = timezone.now() - timedelta(minutes=5)
    conversation = ConversationFactory(
        contact__phone="+40712000001",
        status="OPEN",
        unread_count=3,
        message_count=3,
        waiting_since=waiting_since,
        response_due_at=waiting_since + timedelta(hours=2),
        last_message_direction="RECEIVED",
    )

    send(to("+40712000001"), user_id=UserFactory().pk)

    before = Conversation.objects.get(pk=conversation.pk)
    assert (before.status, before.unread_count, before.message_count) == ("OPEN", 3, 4)
    assert (before.waiting_since, before.first_response_at) == (waiting_since, None)
    assert before.last_message_direction == "SENT"
    assert before.last_message_preview.startswith("Bună ziua, Ana!")
    assert before.last_message_at == Message.objects.get().happened_at


def test_newer_last_words_stay():
    later = timezone.now() + timedelta(minutes=1)
    conversation = ConversationFactory(
        contact__phone="+40712000001",
        message_count=1,
        last_message_at=later,
        last_message_preview="Mulțumesc!",
        last_message_direction="RECEIVED",
    )

    send(to("+40712000001"))

    conversation.refresh_from_db()
    assert (conversation.last_message_at, conversation.last_message_preview) == (
        later,
        "Mulțumesc!",
    )
    assert (conversation.message_count, conversation.last_message_direction) == (2, "RECEIVED")


def test_archived_conversation_stays_and_a_new_one_is_made():
    old = ConversationFactory(contact__phone="+40712000001", status="ARCHIVED")

    send(to("+40712000001"))

    message = Message.objects.get()
    assert message.conversation_id != old.pk
    assert message.conversation.status == "RESOLVED"
    old.refresh_from_db()
    assert old.message_count == 0


def test_contact_known_by_its_digits_alone_is_not_made_again():
    contact = ContactFactory(phone=None, wa_id="40712000001")

    send(to("+40712000001"))

    assert Message.objects.get().contact_id == contact.pk
    assert Contact.objects.count() == 1


def test_contact_without_a_phone_is_written_to():
    contact = ContactFactory(phone=None, wa_id=None, bsuid="RO.1234")

    result = send(to(contact_id=contact.pk))

    assert refusals(result) == []
    assert Message.objects.get().phone_number is None


def test_customer_alone_is_written_to_at_the_erps_phone(outside):
    customer, other = CustomerFactory(), CustomerFactory()
    for row, phone in ((customer, "0712 000 001"), (other, "")):
        outside.customers.add(
            CustomerRecord(id=row.pk, name="Ana", phone=phone, email="", language="ro", url="")
        )

    result = send(to(customer_id=customer.pk), to(customer_id=other.pk), to(customer_id=999_999))

    assert refusals(result) == [(1, "invalid_phone"), (2, "invalid_phone")]
    message = Message.objects.get()
    assert (message.phone_number, message.customer_id) == ("+40712000001", customer.pk)
    assert message.contact.customer_id == customer.pk
    assert outside.customers.calls == 1


def test_contact_keeps_its_customer():
    mine, other, order = CustomerFactory(), CustomerFactory(), OrderFactory()
    contact = ContactFactory(phone="+40712000001", customer_id=mine.pk)
    ContactFactory(phone="+40712000002", customer_id=mine.pk)

    send(to("+40712000001", customer_id=other.pk, order_id=order.pk), to("+40712000002"))

    contact.refresh_from_db()
    assert contact.customer_id == mine.pk
    first, second = Message.objects.order_by("id")
    assert (first.customer_id, first.order_id) == (other.pk, order.pk)
    assert (second.customer_id, second.order_id) == (mine.pk, None)
