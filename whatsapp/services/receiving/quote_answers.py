"""What customers answer by the buttons under a quote: each answer once, and only theirs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from whatsapp import signals
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.content import Text
from whatsapp.domain.document_texts import OUTDATED_QUOTE
from whatsapp.domain.documents import QuoteReply, read_reply
from whatsapp.domain.formats import known_language
from whatsapp.domain.retry import Priority
from whatsapp.models import Message, QuoteAnswer, SentDocument
from whatsapp.models.message import MessageType
from whatsapp.ports import QuoteRecord, StaffNotice
from whatsapp.services.dialogue.addressing import Target
from whatsapp.services.dialogue.arrivals import Arrival
from whatsapp.services.outgoing import queueing
from whatsapp.services.outgoing.queueing import Envelope
from whatsapp.services.shared import staff
from whatsapp.services.shared.announce import emit
from whatsapp.wiring import order_book

logger = logging.getLogger(__name__)

OUTDATED = noop("The customer answered an older version of the quote, which no longer counts.")
CHANGED = noop(
    "The customer answered a quote that was changed after it was sent; nothing was accepted. Send "
    "the quote again."
)
STRANGER = noop("Somebody else than the customer of the quote answered it; it does not count.")


PAUSE = timedelta(hours=1)  # before an impatient finger reads the same again


def take(*, arrivals: Sequence[Arrival], now: datetime) -> set[int]:
    """Write down what buttons under quotes say and tell the ERP, in the transaction of the press.

    A button counts once, however often it is pressed; only under the newest sending of the quote,
    only while the quote is as it was sent, and only from whom that went to. Staff is told of
    presses that cannot count, and whoever pressed an old button is. Returns the ids of the messages
    that were answered so, and need no other automatic answer.
    """
    pressed = [(arrival, read_reply(arrival.update.tapped)) for arrival in arrivals]
    replies = [(arrival, reply) for arrival, reply in pressed if reply is not None]
    answered: set[int] = set()
    if not replies:
        return answered
    papers = {
        paper.token: paper
        for paper in SentDocument.objects.filter(
            token__in=[reply.token for _arrival, reply in replies]
        ).select_related("message")
    }
    for arrival, reply in replies:
        paper = papers.get(reply.token)
        if paper is None:
            logger.warning("answer to no quote of ours", extra={"message_id": arrival.message.pk})
        elif _is_stranger(arrival, paper):
            _tell_staff(arrival, paper, reason=STRANGER)
        elif against := _reason_against(reply, paper, quote := _quote_of(paper)):
            _tell_staff(arrival, paper, reason=against)
            if _answer(arrival, paper, quote, now=now):
                answered.add(arrival.message.pk)
        else:
            _count(arrival, reply, paper)
    return answered


def _quote_of(paper: SentDocument) -> QuoteRecord | None:
    return order_book().find_quote(paper.document_id)


def _is_stranger(arrival: Arrival, paper: SentDocument) -> bool:
    theirs = (paper.message.contact_id, paper.message.number_id)
    about = arrival.message.reply_to_id
    return theirs != (arrival.contact.pk, arrival.number.pk) or about not in (
        None,
        paper.message_id,
    )


def _reason_against(reply: QuoteReply, paper: SentDocument, quote: QuoteRecord | None) -> str:
    """Say why the button is an old one; '' if it is not.

    A paper without a version stands. What was said while it stood is said already.
    """
    newest = SentDocument.objects.filter(kind=paper.kind, document_id=paper.document_id)
    if newest.standing().filter(pk__gt=paper.pk).exists():
        return OUTDATED
    version = quote.version if quote else ""
    if not paper.version or not version or paper.version == version:
        return ""
    return "" if paper.answers.filter(answer=reply.answer.value).exists() else CHANGED


def _answer(
    arrival: Arrival, paper: SentDocument, quote: QuoteRecord | None, *, now: datetime
) -> bool:
    """Tell the customer, in the language of the paper, that nothing was accepted."""
    conversation = arrival.conversation
    language = known_language(paper.language or whatsapp_settings().default_language)
    text = OUTDATED_QUOTE[language].format(number=quote.number if quote else "…")
    sent = Message.objects.thread(conversation.pk).sent().filter(happened_at__gt=now - PAUSE)
    if not conversation.window_open(now=now) or sent.filter(message_text=text).exists():
        return False
    queueing.queue_message(
        Text(body=text),
        MessageType.TEXT,
        target=Target(number=arrival.number, contact=arrival.contact, conversation=conversation),
        envelope=Envelope(priority=Priority.REPLY, quote_id=paper.message.quote_id),
    )
    return True


def _count(arrival: Arrival, reply: QuoteReply, paper: SentDocument) -> None:
    quote_id = paper.message.quote_id
    answer, is_new = QuoteAnswer.objects.get_or_create(
        document=paper,
        answer=reply.answer.value,
        defaults={"quote_id": quote_id, "message": arrival.message},
    )
    version = {"version": paper.version} if paper.version else {}
    if is_new and quote_id is not None:
        emit(
            signals.quote_answered,
            quote_id=quote_id,
            answer=answer.answer,
            message_id=arrival.message.pk,
            conversation_id=arrival.conversation.pk,
            **version,
        )


def _tell_staff(arrival: Arrival, paper: SentDocument, *, reason: str) -> None:
    logger.warning("answer to a quote not counted", extra={"message_id": arrival.message.pk})
    staff.tell(
        StaffNotice(
            key=f"whatsapp.quote_answer:{paper.pk}",
            subject=f"WhatsApp: {arrival.contact.display_name}",
            body=_(reason),
            url=staff.conversation_page(conversation_id=arrival.conversation.pk),
        )
    )
