"""An emoji on a message: where it goes, and which messages take none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import ConversationFactory, MessageFactory
from whatsapp.errors import (
    ConversationClosedError,
    MessageNotDeliverableError,
    NotFoundError,
    ValidationError,
)
from whatsapp.models import OutboxItem
from whatsapp.services import delivery, messages

pytestmark = pytest.mark.django_db


def test_reaction_goes_to_its_messages_conversation(outside):
    asked = MessageFactory(received=True)

    reaction = messages.send_reaction(message_id=asked.pk, emoji="👍")
    delivery.send_due(number_id=asked.number_id)

    assert (reaction.conversation_id, reaction.reply_to) == (asked.conversation_id, asked)
    assert (reaction.message_type, reaction.message_text) == ("REACTION", "👍")
    [outgoing] = outside.meta.sent
    assert outgoing.content.message_id == asked.external_message_id
    assert outgoing.content.emoji == "👍"


def test_reaction_to_a_message_of_ours_is_taken_back():
    ours = MessageFactory()

    reaction = messages.send_reaction(
        message_id=ours.pk, emoji="", conversation_id=ours.conversation_id
    )

    assert reaction.content == {
        "kind": "reaction",
        "message_id": ours.external_message_id,
        "emoji": "",
    }
    assert reaction.message_text == ""


def test_message_of_another_conversation_is_not_reacted_to():
    stranger = MessageFactory(received=True)

    with pytest.raises(NotFoundError) as refusal:
        messages.send_reaction(
            message_id=stranger.pk, emoji="👍", conversation_id=ConversationFactory().pk
        )

    assert refusal.value.details == {"field": "message"}
    assert not OutboxItem.objects.exists()


def test_message_that_is_not_there_is_not_reacted_to():
    with pytest.raises(NotFoundError):
        messages.send_reaction(message_id=404, emoji="👍")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"pending": True}, "not_at_meta"),
        ({"received": True, "message_type": "REACTION"}, "is_reaction"),
        ({"received": True, "happened_at": timezone.now() - timedelta(days=31)}, "too_old"),
    ],
)
def test_message_that_meta_would_not_find_is_refused_first(given, reason):
    message = MessageFactory(**given)

    with pytest.raises(MessageNotDeliverableError) as refusal:
        messages.send_reaction(message_id=message.pk, emoji="👍")

    assert refusal.value.details == {"reason": reason}
    assert not OutboxItem.objects.exists()


def test_reaction_outside_the_window_is_refused():
    silent = ConversationFactory(last_inbound_at=timezone.now() - timedelta(hours=25))
    message = MessageFactory(conversation=silent)

    with pytest.raises(ConversationClosedError):
        messages.send_reaction(message_id=message.pk, emoji="👍")

    assert not OutboxItem.objects.exists()


def test_word_is_no_reaction():
    message = MessageFactory(received=True)

    with pytest.raises(ValidationError) as refusal:
        messages.send_reaction(message_id=message.pk, emoji="da")

    assert refusal.value.details["field"] == "emoji"
    assert not OutboxItem.objects.exists()
