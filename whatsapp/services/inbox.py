"""Take in what a customer writes: the person, the thread, the message, its file, a first answer."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from whatsapp import signals
from whatsapp.domain.lifecycle import Direction
from whatsapp.domain.retry import Priority
from whatsapp.domain.updates import InboundMessage, Person
from whatsapp.errors import WhatsAppError
from whatsapp.models import Contact, Conversation, Message
from whatsapp.models.message import MessageType
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services import accounts, media, messages, people, threads
from whatsapp.services.announce import emit

logger = logging.getLogger(__name__)

AUTO_REPLY_PAUSE = timedelta(days=1)
_UNANSWERED = frozenset(
    {MessageType.REACTION.value, MessageType.SYSTEM.value, MessageType.UNSUPPORTED.value}
)


def receive(*, update: InboundMessage, now: datetime) -> EventOutcome:
    """Put a customer's message into its thread, once; call it inside a transaction.

    What was written in a group, or to a number that is not ours, is kept as an event only: it must
    never show up in a private thread.
    """
    if update.group_id:
        return EventOutcome.UNSUPPORTED
    number = accounts.number_called(phone_number_id=update.phone_number_id)
    if number is None:
        return EventOutcome.NOT_OURS
    if Message.objects.filter(external_message_id=update.wamid).exists():
        return EventOutcome.STALE
    contact = _contact(update.person)
    conversation = threads.live_conversation(number_id=number.pk, contact_id=contact.pk)
    message = _keep(update, contact=contact, conversation=conversation)
    threads.note_message(conversation=conversation, message=message)
    if update.media is not None:
        media.expect(message=message, number_id=number.pk, media=update.media)
    _reply_automatically(message, text=number.auto_reply_text, conversation=conversation, now=now)
    emit(signals.message_received, message_ids=[message.pk])
    return EventOutcome.APPLIED


def _contact(person: Person) -> Contact:
    """Find or make the contact; whoever writes is on WhatsApp, and may be a customer of the ERP."""
    contact = people.contact_for(person=person)
    if contact.has_whatsapp is not True:
        contact.has_whatsapp = True
        contact.save(update_fields=["has_whatsapp"])
    people.recognise(contact=contact)
    return contact


def _keep(update: InboundMessage, *, contact: Contact, conversation: Conversation) -> Message:
    """Write the message; an answer to one of ours belongs to the same order and quote."""
    answered = _answered(update.reply_to_wamid)
    return Message.objects.create(
        customer_id=contact.customer_id,
        phone_number=contact.phone,
        direction=Direction.RECEIVED.value,
        message_type=update.message_type,
        message_text=update.text,
        order_id=answered.order_id if answered else None,
        quote_id=answered.quote_id if answered else None,
        external_message_id=update.wamid,
        number_id=conversation.number_id,
        contact=contact,
        conversation=conversation,
        content=update.content,
        reply_to=answered,
        happened_at=update.happened_at,
    )


def _answered(wamid: str) -> Message | None:
    """The message that is replied to; None also when we do not have it, or have it no more."""
    if not wamid:
        return None
    known = Message.objects.filter(external_message_id=wamid).first()
    return known or Message.objects.filter(attempt_rows__wamid=wamid).first()


def _reply_automatically(
    message: Message, *, text: str, conversation: Conversation, now: datetime
) -> None:
    """Send the number's automatic text, once per conversation and day, behind agents' replies."""
    last = conversation.auto_replied_at
    if not text or message.message_type in _UNANSWERED:
        return
    if last is not None and now - last < AUTO_REPLY_PAUSE:
        return
    try:
        with transaction.atomic():
            messages.send_text(text=text, conversation_id=conversation.pk, priority=Priority.NOTICE)
            Conversation.objects.filter(pk=conversation.pk).update(auto_replied_at=now)
    except WhatsAppError as error:  # the event came so late that the window is closed, say
        logger.warning(
            "no automatic reply", extra={"message_id": message.pk, "reason": error.message}
        )
