"""What a caller may ask to be said, and what is refused before anything is written."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from tests.factories import ConversationFactory, MessageFactory
from tests.sending import PDF, nothing_was_written
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
    MediaTooLargeError,
    MessageNotDeliverableError,
    NotFoundError,
    ValidationError,
)
from whatsapp.models import Media, OutboxItem
from whatsapp.services import messages

pytestmark = pytest.mark.django_db


def test_text_inside_the_window_is_queued_for_its_conversation():
    conversation = ConversationFactory()

    message = messages.send_text(text="Bună ziua!", conversation_id=conversation.pk)

    assert (message.delivery_status, message.direction) == ("PENDING", "SENT")
    assert message.content == {"kind": "text", "body": "Bună ziua!", "preview_url": False}
    assert message.expires_at - message.created_at == timedelta(hours=24)
    row = OutboxItem.objects.get()
    assert (row.message_id, row.state, row.priority) == (message.pk, "PENDING", Priority.REPLY)


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


def test_message_is_due_at_once_though_the_hosts_clock_is_ahead():
    conversation = ConversationFactory()
    with time_machine.travel(timezone.now() + timedelta(seconds=5)):
        message = messages.send_text(text="Bună!", conversation_id=conversation.pk)

    assert OutboxItem.objects.get(message=message).next_attempt_at <= timezone.now()
