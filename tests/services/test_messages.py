"""What a caller may ask to be said, and what is refused before anything is written."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from tests.erp.factories import CustomerFactory
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    TemplateFactory,
)
from whatsapp.domain.content import (
    Button,
    Buttons,
    CardName,
    CardPhone,
    ContactCard,
    Header,
    LinkButton,
    ListMenu,
    LocationRequest,
    MediaKind,
    Row,
    Section,
)
from whatsapp.domain.retry import Priority
from whatsapp.errors import (
    ConversationClosedError,
    InvalidPhoneError,
    MediaTooLargeError,
    MessageNotDeliverableError,
    NotFoundError,
    TemplateNotApprovedError,
    TemplateValidationError,
    ValidationError,
)
from whatsapp.models import Conversation, Media, Message, OutboxItem
from whatsapp.services import messages

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n" + b"0" * 100
PARAMETERS = {"customer": "Ana", "order_number": "C-2026-00042"}


def nothing_was_written() -> bool:
    return not Message.objects.exists() and not OutboxItem.objects.exists()


def test_text_inside_the_window_is_queued_for_its_conversation():
    conversation = ConversationFactory()

    message = messages.send_text(text="Bună ziua!", conversation_id=conversation.pk)

    assert (message.delivery_status, message.direction) == ("PENDING", "SENT")
    assert message.content == {"kind": "text", "body": "Bună ziua!", "preview_url": False}
    assert message.expires_at - message.created_at == timedelta(hours=24)
    row = OutboxItem.objects.get()
    assert (row.message_id, row.state, row.priority) == (message.pk, "PENDING", Priority.REPLY)


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


@pytest.mark.parametrize("text", ["", "   ", "x" * 4097])
def test_text_of_impossible_length_is_refused(text):
    conversation = ConversationFactory()

    with pytest.raises(ValidationError):
        messages.send_text(text=text, conversation_id=conversation.pk)

    assert nothing_was_written()


def test_switched_off_module_takes_nothing_it_would_not_send(settings):
    conversation = ConversationFactory()
    settings.WHATSAPP = {**settings.WHATSAPP, "ENABLED": False}

    with pytest.raises(MessageNotDeliverableError) as refusal:
        messages.send_text(text="Da.", conversation_id=conversation.pk)

    assert refusal.value.details["reason"] == "module_disabled"
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


def test_template_outside_the_window_is_queued_with_its_parameters():
    BusinessNumberFactory()
    template = TemplateFactory()

    message = messages.send_template(
        template="order_shipped",
        language="ro",
        parameters=PARAMETERS,
        phone_number="+40712000123",
        priority=Priority.NOTICE,
    )

    message.refresh_from_db()
    assert message.template_id == template.pk
    assert "C-2026-00042" in message.message_text
    assert message.content["components"] == [
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "customer", "text": "Ana"},
                {"type": "text", "parameter_name": "order_number", "text": "C-2026-00042"},
            ],
        }
    ]
    assert OutboxItem.objects.get().priority == Priority.NOTICE


def test_a_notice_creates_a_conversation_that_asks_for_nobody():
    BusinessNumberFactory()
    TemplateFactory()

    messages.send_template(
        template="order_shipped", language="ro", parameters=PARAMETERS, phone_number="+40712000123"
    )

    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.unread_count) == ("RESOLVED", 0)
    assert conversation.waiting_since is None


@pytest.mark.parametrize("status", ["DRAFT", "PENDING", "REJECTED", "PAUSED", "DISABLED"])
def test_template_that_meta_would_refuse_is_refused_first(status):
    BusinessNumberFactory()
    TemplateFactory(status=status)

    with pytest.raises(TemplateNotApprovedError):
        messages.send_template(
            template="order_shipped",
            language="ro",
            parameters=PARAMETERS,
            phone_number="+40712000123",
        )

    assert nothing_was_written()


@pytest.mark.parametrize(
    "parameters",
    [{}, {"customer": "Ana"}, {**PARAMETERS, "x": "1"}, {**PARAMETERS, "customer": " "}],
)
def test_parameters_that_do_not_fit_are_refused(parameters):
    BusinessNumberFactory()
    TemplateFactory()

    with pytest.raises(TemplateValidationError):
        messages.send_template(
            template="order_shipped",
            language="ro",
            parameters=parameters,
            phone_number="+40712000123",
        )

    assert nothing_was_written()


def test_marketing_to_someone_who_opted_out_is_refused():
    BusinessNumberFactory()
    TemplateFactory(category="MARKETING")
    contact = ContactFactory(marketing_consent=False)

    with pytest.raises(MessageNotDeliverableError) as refusal:
        messages.send_template(
            template="order_shipped", language="ro", parameters=PARAMETERS, contact_id=contact.pk
        )

    assert refusal.value.details["reason"] == "opted_out"
    assert nothing_was_written()


def test_rolled_back_caller_takes_the_message_with_it():
    conversation = ConversationFactory()

    with transaction.atomic():
        messages.send_text(text="Da.", conversation_id=conversation.pk)
        transaction.set_rollback(True)

    assert nothing_was_written()


def test_many_messages_wake_the_sender_once(django_capture_on_commit_callbacks):
    conversation = ConversationFactory()

    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        for _ in range(3):
            messages.send_text(text="Da.", conversation_id=conversation.pk)

    assert len(callbacks) == 3  # one each, and the waker makes one wake-up of them


def test_agents_answer_stops_the_clock_and_a_notice_does_not(admin_user):
    waiting = timezone.now() - timedelta(minutes=5)
    conversation = ConversationFactory(waiting_since=waiting, response_due_at=timezone.now())

    messages.send_text(text="Automat.", conversation_id=conversation.pk)
    conversation.refresh_from_db()
    assert conversation.waiting_since == waiting

    messages.send_text(text="Da.", conversation_id=conversation.pk, user_id=admin_user.pk)
    conversation.refresh_from_db()
    assert (conversation.waiting_since, conversation.response_due_at) == (None, None)
    assert conversation.first_response_at is not None


def test_file_waits_for_its_upload():
    conversation = ConversationFactory()

    message = messages.send_media(
        kind=MediaKind.DOCUMENT,
        file=ContentFile(PDF, name="factura.pdf"),
        caption="Factura",
        conversation_id=conversation.pk,
    )

    media = Media.objects.get()
    assert (media.message_id, media.mime_type, media.state) == (
        message.pk,
        "application/pdf",
        "PENDING",
    )
    assert OutboxItem.objects.get().state == "UPLOADING"


@pytest.mark.parametrize(
    ("kind", "data", "error"),
    [
        (MediaKind.IMAGE, PDF, ValidationError),
        (MediaKind.DOCUMENT, b"", ValidationError),
        (MediaKind.DOCUMENT, b"MZ\x90\x00" + b"\x00" * 200, ValidationError),
        (MediaKind.STICKER, b"x" * (500 * 1024 + 1), MediaTooLargeError),
    ],
)
def test_file_is_judged_by_its_bytes_before_upload(kind, data, error):
    conversation = ConversationFactory()

    with pytest.raises(error):
        messages.send_media(
            kind=kind,
            file=ContentFile(data, name="poza.jpg"),
            conversation_id=conversation.pk,
        )

    assert nothing_was_written()
    assert not Media.objects.exists()


def test_buttons_are_queued():
    conversation = ConversationFactory()
    content = Buttons(body="A ajuns coletul?", buttons=(Button(id="da", title="Da"),))

    message = messages.send_interactive(content=content, conversation_id=conversation.pk)

    assert (message.message_type, message.message_text) == ("INTERACTIVE", "A ajuns coletul?")


def test_message_may_wait_up_to_thirty_days():
    conversation = ConversationFactory()
    later = timezone.now() + timedelta(days=2)

    message = messages.send_text(text="Da.", conversation_id=conversation.pk, send_at=later)

    assert OutboxItem.objects.get().next_attempt_at == later
    assert message.expires_at == later + timedelta(hours=24)
    with pytest.raises(ValidationError):
        messages.send_text(
            text="Da.",
            conversation_id=conversation.pk,
            send_at=timezone.now() + timedelta(days=31),
        )


def test_reply_to_a_message_of_another_conversation_is_refused():
    conversation, stranger = ConversationFactory(), MessageFactory(received=True)

    with pytest.raises(NotFoundError):
        messages.send_text(text="Da.", conversation_id=conversation.pk, reply_to_id=stranger.pk)


@pytest.mark.parametrize(
    ("text", "asked", "preview"),
    [
        ("Vedeți https://shop.example/c/1", None, True),
        ("Vedeți https://shop.example/c/1", False, False),
        ("Vedeți shop.example", None, False),
        ("Vedeți shop.example", True, True),
    ],
)
def test_link_is_previewed_unless_the_caller_says_no(text, asked, preview):
    conversation = ConversationFactory()

    message = messages.send_text(text=text, preview_url=asked, conversation_id=conversation.pk)

    assert message.content["preview_url"] is preview


def test_place_is_queued():
    conversation = ConversationFactory()

    message = messages.send_location(
        latitude=44.4268, longitude=26.1025, name="Magazin", conversation_id=conversation.pk
    )

    assert (message.message_type, message.message_text) == ("LOCATION", "Magazin")
    assert message.content == {
        "kind": "location",
        "latitude": 44.4268,
        "longitude": 26.1025,
        "name": "Magazin",
        "address": "",
    }


def test_people_are_queued_under_their_names():
    conversation = ConversationFactory()
    ana = ContactCard(
        name=CardName(formatted_name="Ana Pop"), phones=(CardPhone(phone="+40722123456"),)
    )

    message = messages.send_contacts(contacts=[ana], conversation_id=conversation.pk)

    message.refresh_from_db()
    assert (message.message_type, message.message_text) == ("CONTACTS", "Ana Pop")
    assert message.content["contacts"][0]["phones"][0]["phone"] == "+40722123456"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            LinkButton(body="Urmăriți coletul", title="Deschide", url="https://shop.example/c/1"),
            "Urmăriți coletul",
        ),
        (LocationRequest(body="Unde livrăm?"), "Unde livrăm?"),
        (
            ListMenu(
                body="Când?",
                button="Alege",
                header=Header(text="Livrare"),
                sections=(Section(rows=(Row(id="1", title="Luni"),)),),
            ),
            "Livrare\n\nCând?",
        ),
    ],
)
def test_every_interactive_kind_is_queued(content, text):
    conversation = ConversationFactory()

    message = messages.send_interactive(content=content, conversation_id=conversation.pk)

    assert (message.message_type, message.message_text) == ("INTERACTIVE", text)


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


def test_message_is_due_at_once_though_the_hosts_clock_is_ahead():
    conversation = ConversationFactory()
    with time_machine.travel(timezone.now() + timedelta(seconds=5)):
        message = messages.send_text(text="Bună!", conversation_id=conversation.pk)

    assert OutboxItem.objects.get(message=message).next_attempt_at <= timezone.now()
