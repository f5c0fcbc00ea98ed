"""Receipts and typing: told once, to the customer's last message, and nobody's trouble."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import ConversationFactory, MessageFactory
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.errors import NotFoundError
from whatsapp.models import Message, MessageAttempt, OutboxItem
from whatsapp.services import delivery, messages

pytestmark = pytest.mark.django_db


def written(**given) -> Message:
    return MessageFactory(received=True, **given)


def test_read_receipt_is_queued_once():
    message = written()

    messages.queue_read_receipt(message_id=message.pk)
    messages.queue_read_receipt(message_id=message.pk)

    assert OutboxItem.objects.get().kind == "READ_RECEIPT"


def test_typing_is_shown_under_the_customers_last_message(outside):
    first = written()
    last = written(conversation=first.conversation)
    MessageFactory(conversation=first.conversation)

    shown = messages.queue_typing(conversation_id=first.conversation_id)
    delivery.send_due(number_id=first.number_id)

    assert shown is True
    assert outside.meta.read == [(last.external_message_id, True)]
    assert not OutboxItem.objects.exists()


def test_typing_that_waits_is_asked_anew_and_stays_one_row():
    message = written()
    messages.queue_typing(conversation_id=message.conversation_id)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    OutboxItem.objects.update(created_at=an_hour_ago, next_attempt_at=an_hour_ago)

    messages.queue_typing(conversation_id=message.conversation_id)

    row = OutboxItem.objects.get()
    assert (row.kind, row.state) == ("TYPING", "PENDING")
    assert timezone.now() - row.created_at < timedelta(minutes=1)


def test_typing_in_a_senders_hands_is_left_alone():
    message = written()
    messages.queue_typing(conversation_id=message.conversation_id)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    OutboxItem.objects.update(state="CLAIMED", created_at=an_hour_ago)

    messages.queue_typing(conversation_id=message.conversation_id)

    row = OutboxItem.objects.get()
    assert (row.state, row.created_at) == ("CLAIMED", an_hour_ago)


def test_typing_hangs_on_words_never_on_a_reaction(outside):
    asked = written(happened_at=timezone.now() - timedelta(minutes=5))
    written(conversation=asked.conversation, message_type="REACTION")

    messages.queue_typing(conversation_id=asked.conversation_id)

    assert OutboxItem.objects.get().message == asked


@pytest.mark.parametrize("hours", [24, 48])
def test_outside_the_window_nobody_would_see_it(hours):
    message = written(happened_at=timezone.now() - timedelta(hours=hours))

    assert messages.queue_typing(conversation_id=message.conversation_id) is False

    assert not OutboxItem.objects.exists()


def test_conversation_in_which_the_customer_never_wrote_shows_no_typing():
    conversation = ConversationFactory()

    assert messages.queue_typing(conversation_id=conversation.pk) is False

    assert not OutboxItem.objects.exists()


def test_switched_off_module_shows_no_typing(settings):
    message = written()
    settings.WHATSAPP = {**settings.WHATSAPP, "ENABLED": False}

    assert messages.queue_typing(conversation_id=message.conversation_id) is False

    assert not OutboxItem.objects.exists()


def test_typing_in_no_conversation_is_an_error():
    with pytest.raises(NotFoundError):
        messages.queue_typing(conversation_id=404)


@pytest.mark.parametrize("kind", [FailureClass.FATAL_MESSAGE, FailureClass.AMBIGUOUS])
def test_typing_that_meta_refuses_is_dropped_without_a_word(outside, kind):
    message = written()
    messages.queue_typing(conversation_id=message.conversation_id)
    outside.meta.fail_next(Failure(failure_class=kind, code=None, title="x"), call="mark_read")

    delivery.send_due(number_id=message.number_id)

    message.refresh_from_db()
    assert not OutboxItem.objects.exists()
    assert not MessageAttempt.objects.exists()
    assert (message.delivery_status, message.error_text) == (None, "")
    assert outside.staff.notices == []
