"""Chats from before the number came to us: into the right threads, with Meta's times, quietly.

What is old is not unread, starts no clock, gets no automatic answer and is announced to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from whatsapp.domain import phone as phones
from whatsapp.domain.lifecycle import MessageStatus, advance
from whatsapp.domain.updates import InboundMessage, PastMessage
from whatsapp.errors import WebhookProcessingError
from whatsapp.models import BusinessNumber, Conversation, Message
from whatsapp.models.message import PAST
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services.contacts import identities
from whatsapp.services.dialogue import threads
from whatsapp.services.dialogue.arrivals import Arrival
from whatsapp.services.receiving import echoes, media
from whatsapp.services.shared import accounts

PLACEHOLDER = "media_placeholder"  # Meta's type of a file that another update brings


def take_in(*, update: PastMessage, source: str) -> EventOutcome:
    """Put an old message into its thread, once; call it inside a transaction.

    A file takes the place that its message kept for it, or makes the row if it comes first.
    ``source`` is the event's key.
    """
    told = update.message
    if told.group_id:
        return EventOutcome.UNSUPPORTED
    number = accounts.number_called(phone_number_id=told.phone_number_id)
    if number is None:
        return EventOutcome.NOT_OURS
    accounts.note_phone_app(number=number)
    known = _locked(told.wamid)
    if known is None:
        _require_customer(told, number=number)
        conversation = echoes.thread_of(told, number=number, source=source)
        known = _locked(told.wamid)  # written while we waited for the thread?
    if known is not None:
        return _put_file(known, told) if update.is_file else _bring_on(known, status=update.status)
    message = echoes.keep(
        _marked(told), conversation=conversation, status=update.status, created_at=told.happened_at
    )
    threads.note_past([(conversation, message)])
    return EventOutcome.APPLIED


def _locked(wamid: str) -> Message | None:
    found = Message.objects.filter(external_message_id=wamid)
    return found.select_for_update(no_key=True).first()


def _require_customer(told: InboundMessage, *, number: BusinessNumber) -> None:
    """Make no customer of ourselves: of a file that we sent, Meta may not say to whom.

    Raises WebhookProcessingError: it is tried again, when its message may have come.
    """
    if told.person.wa_id and told.person.wa_id == phones.digits(number.display_number):
        raise WebhookProcessingError("The message of this file has not come yet.")


def tell_anew(
    *, updates: Sequence[InboundMessage], numbers: Mapping[str, BusinessNumber]
) -> list[Arrival]:
    """Treat customers' messages that the history told first as the news they are; return those.

    ``numbers`` by Meta's id. By the time they are locked somebody else may have done so.
    """
    if not updates:
        return []
    news = {update.wamid: update for update in reversed(updates)}
    past = Message.objects.received().filter(external_message_id__in=list(news))
    threads_of = Conversation.objects.filter(pk__in=past.values("conversation_id"))
    contacts = identities.lock(threads_of.values_list("contact_id", flat=True))
    conversations = {
        row.pk: row for row in threads_of.order_by("pk").select_for_update(no_key=True)
    }
    told = []
    for message in past.order_by("pk").select_for_update(no_key=True):
        update = news[message.external_message_id or ""]
        conversation = conversations[message.conversation_id or 0]
        if echoes.tell_anew(message, told=update, conversation=conversation):
            told.append(
                Arrival(
                    update=update,
                    number=numbers[update.phone_number_id],
                    contact=contacts[conversation.contact_id],
                    conversation=conversation,
                    message=message,
                )
            )
    return told


def _bring_on(message: Message, *, status: MessageStatus | None) -> EventOutcome:
    """Let an echo come as far as the history says that it came."""
    if status is None or not message.from_phone_app:
        return EventOutcome.STALE
    reached = advance(message.status, status)
    if reached is message.status:
        return EventOutcome.STALE
    message.delivery_status = reached.value
    message.save(update_fields=["delivery_status"])
    return EventOutcome.APPLIED


def _marked(told: InboundMessage) -> InboundMessage:
    """The message with Meta's mark of an old one, also where Meta left it out."""
    return replace(told, content={PAST: {}, **told.content})


def _put_file(message: Message, told: InboundMessage) -> EventOutcome:
    content = message.content or {}
    if content.get("type") != PLACEHOLDER or told.media is None or message.number_id is None:
        return EventOutcome.STALE
    newest = Conversation.objects.filter(
        pk=message.conversation_id or 0, last_message_preview=message.preview()
    )
    message.message_type, message.message_text = told.message_type, told.text
    newest.filter(last_message_at=message.happened_at).update(
        last_message_preview=message.preview()
    )
    message.content = {**content, **told.content}
    message.save(update_fields=["message_type", "message_text", "content"])
    media.expect(files=[(message, message.number_id, told.media)])
    return EventOutcome.APPLIED
