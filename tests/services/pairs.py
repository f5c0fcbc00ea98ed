"""Two contacts of one person, and how Meta shows it."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from tests.factories import ConversationFactory, MessageFactory
from tests.services.receiving.steps import T0
from whatsapp.domain.updates import Person
from whatsapp.models import Contact, Conversation
from whatsapp.services.contacts import people

WA_ID, BSUID = "40712000123", "RO.1"


def show_both(*, after: int = 0, source: str = "message:wamid.BOTH") -> Contact:
    with transaction.atomic():
        return people.contact_for(
            person=Person(wa_id=WA_ID, bsuid=BSUID), at=T0 + timedelta(seconds=after), source=source
        )


def thread(contact: Contact, *, messages: int, **fields) -> Conversation:
    """A conversation in which the customer wrote that many unread messages."""
    conversation = ConversationFactory(
        contact=contact, message_count=messages, unread_count=messages, **fields
    )
    MessageFactory.create_batch(messages, received=True, conversation=conversation)
    return conversation


def texts(conversation: Conversation) -> set[int]:
    return set(conversation.messages.values_list("pk", flat=True))
