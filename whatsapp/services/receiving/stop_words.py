"""Who writes STOP gets no more marketing, and is told so once; order notices go on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from whatsapp.domain.content import Text
from whatsapp.domain.retry import Priority
from whatsapp.domain.stop_words import wish
from whatsapp.domain.wording import marketing_confirmation, marketing_confirmations
from whatsapp.models import Contact, Message
from whatsapp.models.message import MessageType
from whatsapp.services.contacts import preferences
from whatsapp.services.dialogue.addressing import Target
from whatsapp.services.dialogue.arrivals import Arrival
from whatsapp.services.outgoing import queueing
from whatsapp.services.outgoing.queueing import Envelope
from whatsapp.wiring import customer_directory

logger = logging.getLogger(__name__)

SOURCE = "STOP word"
PAUSE = timedelta(days=1)  # between two confirmations of the same: two robots never end


def heed(*, arrivals: Sequence[Arrival], now: datetime) -> set[int]:
    """Write the consent that customers' messages ask for, the newest word last; confirm a change.

    Call it in the transaction that wrote them. Returns the ids of the messages that were answered,
    and need no other automatic answer.
    """
    wishes = [(arrival, _wish(arrival.message)) for arrival in arrivals]
    meant = [(arrival, wanted) for arrival, wanted in wishes if wanted is not None]
    meant.sort(key=lambda each: (each[0].contact.pk, each[0].message.happened_at))
    changed = {
        arrival.contact.pk: (arrival, wanted)
        for arrival, wanted in meant
        if _note(arrival, wanted=wanted)
    }
    return {
        arrival.message.pk
        for arrival, wanted in changed.values()
        if _confirm(arrival, wanted=wanted, now=now)
    }


def _wish(message: Message) -> bool | None:
    """What a text says, or the quick reply of a template; by its label, or by its payload."""
    if message.message_type == MessageType.TEXT.value:
        return wish(message.message_text)
    if message.message_type != MessageType.BUTTON.value:
        return None
    content: dict[str, Any] = message.content or {}
    button = content.get("button")
    payload = str(button.get("payload") or "") if isinstance(button, dict) else ""
    said = wish(message.message_text)
    return wish(payload) if said is None else said


def _note(arrival: Arrival, *, wanted: bool) -> bool:
    """Write the word, if it is the newest; tell whether it changed what was known."""
    contacts = Contact.objects.filter(pk=arrival.contact.pk)
    before = contacts.values_list("marketing_consent", flat=True).get()
    is_newest = preferences.note_marketing(
        contact_id=arrival.contact.pk,
        wanted=wanted,
        at=arrival.message.happened_at,
        source=SOURCE,
    )
    return is_newest and before is not wanted


def _confirm(arrival: Arrival, *, wanted: bool, now: datetime) -> bool:
    """Say so in the customer's language, within the window; not twice a day."""
    conversation = arrival.conversation
    said = marketing_confirmations(wanted=wanted)
    sent = Message.objects.thread(conversation.pk).sent().filter(happened_at__gt=now - PAUSE)
    if not conversation.window_open(now=now) or sent.filter(message_text__in=said).exists():
        return False
    text = marketing_confirmation(wanted=wanted, language=_language(arrival.contact))
    queueing.queue_message(
        Text(body=text),
        MessageType.TEXT,
        target=Target(number=arrival.number, contact=arrival.contact, conversation=conversation),
        envelope=Envelope(priority=Priority.REPLY),
    )
    return True


def _language(contact: Contact) -> str:
    """The contact's language, else the customer's in the ERP; '' is the shop's."""
    if contact.language or contact.customer_id is None:
        return contact.language
    try:
        with transaction.atomic():
            customer = customer_directory().find_by_id(contact.customer_id)
    except Exception:  # the host's code; its trouble must not cost us the customer's wish
        logger.exception("customer directory failed")
        return ""
    return customer.language if customer else ""
