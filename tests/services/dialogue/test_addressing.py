"""To whom a message goes, from which number, and when nobody may be written to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from tests.erp.factories import CustomerFactory
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    TemplateFactory,
)
from tests.sending import PARAMETERS, PDF, nothing_was_written
from whatsapp.domain.content import CardName, ContactCard, LocationRequest, MediaKind
from whatsapp.errors import (
    ConversationClosedError,
    InvalidPhoneError,
    NotFoundError,
    ValidationError,
)
from whatsapp.models import Media, Message
from whatsapp.services import messages

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("spelling", ["0712 000 123", "+40712000123", "0040712000123"])
def test_phone_in_any_spelling_reaches_the_same_contact(spelling):
    conversation = ConversationFactory(contact=ContactFactory(phone="+40712000123"))

    message = messages.send_text(text="Da.", phone_number=spelling)

    assert message.conversation_id == conversation.pk
    assert message.phone_number == "+40712000123"


def test_invalid_phone_is_refused_and_nothing_is_written():
    BusinessNumberFactory()

    with pytest.raises(InvalidPhoneError):
        messages.send_text(text="Da.", phone_number="12")

    assert nothing_was_written()


def test_text_outside_the_window_is_refused_and_nothing_is_written():
    conversation = ConversationFactory(last_inbound_at=timezone.now() - timedelta(hours=25))

    with pytest.raises(ConversationClosedError) as refusal:
        messages.send_text(text="Da.", conversation_id=conversation.pk)

    assert refusal.value.details["reason"] == "window_closed"
    assert nothing_was_written()


def test_window_is_the_newest_over_all_conversations_of_the_pair():
    old = ConversationFactory(status="ARCHIVED")
    live = ConversationFactory(number=old.number, contact=old.contact, last_inbound_at=None)

    message = messages.send_text(text="Da.", conversation_id=live.pk)

    assert message.conversation_id == live.pk


def test_archived_conversation_takes_no_message():
    conversation = ConversationFactory(status="ARCHIVED")

    with pytest.raises(ConversationClosedError) as refusal:
        messages.send_text(text="Da.", conversation_id=conversation.pk)

    assert refusal.value.details["reason"] == "archived"
    assert nothing_was_written()


def test_contact_is_tied_to_the_customer_it_is_written_to():
    BusinessNumberFactory()
    TemplateFactory()
    customer = CustomerFactory()

    message = messages.send_template(
        template="order_shipped",
        language="ro",
        parameters=PARAMETERS,
        phone_number="+40712000123",
        customer_id=customer.pk,
    )

    message.contact.refresh_from_db()
    assert message.contact.customer_id == customer.pk


def test_contact_is_recognised_by_its_phone_and_keeps_its_customer():
    known = CustomerFactory(phone="0712 000 123")
    conversation = ConversationFactory(contact=ContactFactory(phone="+40712000123"))

    messages.send_text(text="Da.", phone_number="+40712000123")
    messages.send_text(text="Da.", phone_number="+40712000123", customer_id=CustomerFactory().pk)

    conversation.contact.refresh_from_db()
    assert conversation.contact.customer_id == known.pk


def test_two_addresses_are_one_too_many():
    conversation = ConversationFactory()

    with pytest.raises(ValidationError):
        messages.send_text(text="Da.", conversation_id=conversation.pk, phone_number="+40712000123")

    assert nothing_was_written()


def test_misspelt_keyword_is_refused_and_nothing_is_written():
    conversation = ConversationFactory()

    with pytest.raises(TypeError, match="A message has no sendat"):
        messages.send_text(text="Da.", conversation_id=conversation.pk, sendat=timezone.now())

    assert not Message.objects.exists()


def test_the_environments_number_needs_no_setting_up():
    TemplateFactory()

    message = messages.send_template(
        template="order_shipped", language="ro", parameters=PARAMETERS, phone_number="+40712000123"
    )

    assert message.number.phone_number_id == "555000000000001"
    assert message.number.is_default


def test_the_environments_pace_wins_for_its_own_number(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "MESSAGES_PER_SECOND": 20}

    own = BusinessNumberFactory(messages_per_second=80)
    other = BusinessNumberFactory(phone_number_id="1", is_default=False, messages_per_second=250)

    assert (own.pace, other.pace) == (20, 250)


def test_no_business_number_is_said_in_words(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "PHONE_NUMBER_ID": ""}

    with pytest.raises(NotFoundError, match="business number"):
        messages.send_text(text="Da.", phone_number="+40712000123")


@pytest.mark.parametrize(
    "say",
    [
        lambda pk: messages.send_location(latitude=0, longitude=0, conversation_id=pk),
        lambda pk: messages.send_contacts(
            contacts=[ContactCard(name=CardName(formatted_name="Ana"))], conversation_id=pk
        ),
        lambda pk: messages.send_interactive(
            content=LocationRequest(body="Unde?"), conversation_id=pk
        ),
        lambda pk: messages.send_media(
            kind=MediaKind.DOCUMENT, file=ContentFile(PDF, name="f.pdf"), conversation_id=pk
        ),
        lambda pk: messages.send_media(kind=MediaKind.IMAGE, media_id="9", conversation_id=pk),
    ],
)
def test_nothing_but_a_template_leaves_outside_the_window(say):
    silent = ConversationFactory(last_inbound_at=timezone.now() - timedelta(hours=25))

    with pytest.raises(ConversationClosedError):
        say(silent.pk)

    assert nothing_was_written()
    assert not Media.objects.exists()
