"""What the shop writes in the phone app: in the thread like an answer of ours, but never sent.

A person of the shop wrote it, so it stops the SLA clock. Its wamid is kept, so that its statuses
move it; it has no row in the outbox.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from whatsapp import signals
from whatsapp.domain.lifecycle import Direction, MessageStatus
from whatsapp.domain.updates import AddressBookEntry, Echo, InboundMessage, Person
from whatsapp.models import BusinessNumber, Contact, Conversation, Media, Message
from whatsapp.models.message import PAST, PHONE_APP
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services.contacts import people
from whatsapp.services.dialogue import targets, threads
from whatsapp.services.receiving import media
from whatsapp.services.shared import accounts
from whatsapp.services.shared.announce import emit


def take_in(*, update: Echo, source: str) -> EventOutcome:
    """Put an echo into its thread, once; call it inside a transaction. ``source``: the event."""
    told = update.message
    if told.group_id:
        return EventOutcome.UNSUPPORTED
    number = accounts.number_called(phone_number_id=told.phone_number_id)
    if number is None:
        return EventOutcome.NOT_OURS
    if update.in_phone_app:
        accounts.note_phone_app(number=number)
    conversation = thread_of(told, number=number, source=source)
    found = Message.objects.filter(external_message_id=told.wamid)
    known = found.select_for_update(no_key=True).first()
    if known is None:
        message = keep(told, conversation=conversation, status=MessageStatus.SENT)
        threads.note_messages([(conversation, message)])
        emit(signals.message_sent, message_ids=[message.pk])
    elif not tell_anew(known, told=told, conversation=conversation):
        return EventOutcome.STALE
    return EventOutcome.APPLIED


def thread_of(told: InboundMessage, *, number: BusinessNumber, source: str) -> Conversation:
    """Find or make the customer and the live conversation, which is locked."""
    contact = people.contact_for(person=told.person, at=told.happened_at, source=source)
    people.recognise(contact=contact)
    return threads.live_conversation(number_id=number.pk, contact_id=contact.pk)


def keep(
    told: InboundMessage,
    *,
    conversation: Conversation,
    status: MessageStatus | None,
    created_at: datetime | None = None,
) -> Message:
    """Write the row of a message that nobody wrote here: ours with a status, else the customer's.

    An old one says for ``created_at`` when it was written, so that no count of today has it.
    """
    contact = conversation.contact
    message = Message(
        customer_id=contact.customer_id,
        phone_number=contact.phone,
        direction=(Direction.RECEIVED if status is None else Direction.SENT).value,
        message_type=told.message_type,
        message_text=told.text,
        external_message_id=told.wamid,
        delivery_status=status.value if status else None,
        number_id=conversation.number_id,
        contact=contact,
        conversation=conversation,
        content=_content(told, ours=status is not None),
        happened_at=told.happened_at,
        sent_at=told.happened_at if status else None,
        **({"created_at": created_at} if created_at else {}),
    )
    targets.aim(about=[(message, told.reply_to_wamid)])
    message.save(force_insert=True)
    targets.link(targets={told.wamid: message.pk})
    if told.media is not None:
        media.expect(files=[(message, conversation.number_id, told.media)])
    return message


def tell_anew(message: Message, *, told: InboundMessage, conversation: Conversation) -> bool:
    """Let a message ask for what it asks, whose history came before it; tell whether that was so.

    From then on it is one like any other, as it tells itself: of a file the history knew only that
    there was one. The caller has locked conversation and message.
    """
    if PAST not in (message.content or {}):
        return False
    is_newest = message.happened_at == conversation.last_message_at
    is_shown = is_newest and message.preview() == conversation.last_message_preview
    message.message_type, message.message_text = told.message_type, told.text
    message.content = _content(told, ours=message.direction == Direction.SENT.value)
    message.save(update_fields=["message_type", "message_text", "content"])
    if is_shown:
        conversation.last_message_preview = message.preview()
    if told.media is not None and not Media.objects.filter(message=message).exists():
        media.expect(files=[(message, conversation.number_id, told.media)])
    threads.note_news([(conversation, message)])
    return True


def _content(told: InboundMessage, *, ours: bool) -> dict[str, Any]:
    return {**told.content, "origin": PHONE_APP} if ours else told.content


def note_name(*, update: AddressBookEntry, source: str) -> EventOutcome:
    """Call somebody as the phone's address book does, until WhatsApp shows a name of their own."""
    number = accounts.number_called(phone_number_id=update.phone_number_id)
    if number is None:
        return EventOutcome.NOT_OURS
    accounts.note_phone_app(number=number)
    name = update.person.profile_name[:255]
    person = Person(
        wa_id=update.person.wa_id, bsuid=update.person.bsuid, username=update.person.username
    )
    contact = people.contact_for(person=person, at=update.happened_at, source=source)
    blank = Contact.objects.filter(pk=contact.pk, profile_name="")
    changed = bool(name) and blank.update(profile_name=name)
    return EventOutcome.APPLIED if changed else EventOutcome.STALE
