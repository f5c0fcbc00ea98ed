"""The same key makes one message: later, whatever changed, and never after a refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from tests.factories import BusinessNumberFactory, ConversationFactory, TemplateFactory, UserFactory
from tests.sending import PARAMETERS, PDF
from tests.services.shared.keyed import send
from whatsapp.domain.content import Button, Buttons, MediaKind
from whatsapp.errors import ConversationClosedError, IdempotencyConflictError, ValidationError
from whatsapp.models import Conversation, IdempotencyKey, Media, Message, OutboxItem, Template
from whatsapp.services import messages
from whatsapp.services.shared import idempotency


def test_same_key_with_the_same_content_is_one_message(conversation):
    first = send(conversation)

    again = send(conversation)

    assert again == first
    assert (Message.objects.count(), OutboxItem.objects.count()) == (1, 1)
    conversation.refresh_from_db()
    assert conversation.message_count == 1


def test_without_a_key_the_same_words_are_two_messages(conversation):
    for _ in range(2):
        messages.send_text(text="Da.", conversation_id=conversation.pk)

    assert Message.objects.count() == 2
    assert not IdempotencyKey.objects.exists()


def test_key_keeps_no_text_of_the_message(conversation):
    message = send(conversation)

    row = IdempotencyKey.objects.get()

    assert (row.user_id, row.key, row.result) == (None, "k-1", {"message": message.pk})
    assert len(row.fingerprint) == 64
    assert int(row.fingerprint, 16)


def test_same_key_answers_after_the_window_has_closed(conversation):
    first = send(conversation)
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(days=2))

    assert send(conversation) == first


def test_same_key_answers_after_the_template_was_paused(db):
    BusinessNumberFactory()
    TemplateFactory()
    asked = {
        "template": "order_shipped",
        "language": "ro",
        "parameters": PARAMETERS,
        "phone_number": "+40712000123",
        "idempotency_key": "k-1",
    }
    first = messages.send_template(**asked)
    Template.objects.update(status="PAUSED")

    assert messages.send_template(**asked) == first


@pytest.mark.parametrize(
    "other",
    [
        {"text": "Altceva."},
        {"preview_url": True},
        {"send_at": datetime(2100, 1, 1, tzinfo=UTC)},
        {"order_id": 7},
    ],
)
def test_same_key_with_other_content_is_a_conflict_and_sends_nothing(conversation, other):
    send(conversation)

    with pytest.raises(IdempotencyConflictError):
        send(conversation, **other)

    assert Message.objects.get().message_text == "Bună ziua!"
    assert IdempotencyKey.objects.count() == 1


def test_same_key_to_another_conversation_is_a_conflict(conversation):
    send(conversation)
    other = ConversationFactory()

    with pytest.raises(IdempotencyConflictError):
        send(other)

    assert Message.objects.get().conversation_id == conversation.pk


def test_same_key_for_another_kind_of_message_is_a_conflict(conversation):
    content = Buttons(body="Bună ziua!", buttons=(Button(id="a", title="Da"),))
    send(conversation)

    with pytest.raises(IdempotencyConflictError):
        messages.send_interactive(
            content=content, conversation_id=conversation.pk, idempotency_key="k-1"
        )

    assert Message.objects.count() == 1


def test_interactive_content_is_known_again(conversation):
    def ask(title: str) -> Message:
        content = Buttons(body="Când?", buttons=(Button(id="a", title=title),))
        return messages.send_interactive(
            content=content, conversation_id=conversation.pk, idempotency_key="k-1"
        )

    first = ask("Azi")

    assert ask("Azi") == first
    with pytest.raises(IdempotencyConflictError):
        ask("Mâine")


def test_file_is_known_again_by_its_bytes(conversation):
    def post(data: bytes) -> Message:
        return messages.send_media(
            kind=MediaKind.DOCUMENT,
            file=ContentFile(data, name="a.pdf"),
            conversation_id=conversation.pk,
            idempotency_key="k-1",
        )

    first = post(PDF)

    assert post(PDF) == first
    assert Media.objects.count() == 1
    with pytest.raises(IdempotencyConflictError):
        post(PDF + b"1")


def test_time_in_another_zone_is_the_same_time(conversation):
    moment = timezone.now() + timedelta(hours=1)

    first = send(conversation, send_at=moment)

    assert send(conversation, send_at=moment.astimezone(UTC)) == first


def test_number_in_another_spelling_is_the_same_number(conversation):
    spellings = (conversation.contact.phone, "0" + conversation.contact.phone[3:])

    first, again = (
        messages.send_text(text="Da", phone_number=phone, idempotency_key="k-1")
        for phone in spellings
    )

    assert again == first


def test_place_in_another_spelling_is_the_same_place(conversation):
    places = ({"latitude": 45, "longitude": 25}, {"latitude": 45.0, "longitude": "25.0"})

    first, again = (
        messages.send_location(**place, conversation_id=conversation.pk, idempotency_key="k-1")
        for place in places
    )

    assert again == first


def test_another_place_is_a_conflict(conversation):
    asked = {"conversation_id": conversation.pk, "idempotency_key": "k-1", "longitude": 25}
    messages.send_location(latitude=45, **asked)

    with pytest.raises(IdempotencyConflictError):
        messages.send_location(latitude=45.001, **asked)


def test_keys_of_two_users_and_of_the_erp_are_apart(conversation):
    users = [None, UserFactory().pk, UserFactory().pk]

    made = {send(conversation, user_id=user_id).pk for user_id in users}

    assert len(made) == 3


def test_refused_send_leaves_no_key_and_may_be_repeated(conversation):
    Conversation.objects.update(last_inbound_at=None)
    with pytest.raises(ConversationClosedError):
        send(conversation)
    assert not IdempotencyKey.objects.exists()
    Conversation.objects.update(last_inbound_at=timezone.now())

    message = send(conversation)

    assert message.delivery_status == "PENDING"


def test_key_falls_with_the_callers_transaction(conversation):
    with transaction.atomic():
        send(conversation)
        transaction.set_rollback(True)

    assert not IdempotencyKey.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "a\0b", "\ud800"])
def test_what_is_no_key_is_refused(conversation, key):
    with pytest.raises(ValidationError) as refusal:
        send(conversation, idempotency_key=key)

    assert refusal.value.details == {"field": "idempotency_key"}
    assert not Message.objects.exists()


@pytest.mark.parametrize("key", ["x", "x" * 255, "comanda 12/ă"])
def test_any_printable_key_is_taken(conversation, key):
    assert send(conversation, idempotency_key=key) == send(conversation, idempotency_key=key)


def test_keys_are_forgotten_after_thirty_days_and_not_before(conversation):
    now = timezone.now()
    for key, age in (("old", 31), ("young", 29)):
        send(conversation, idempotency_key=key)
        IdempotencyKey.objects.filter(key=key).update(created_at=now - timedelta(days=age))

    assert idempotency.purge(now=now) == 1

    assert IdempotencyKey.objects.get().key == "young"
    assert Message.objects.count() == 2
