"""What customers answer by the buttons under a quote: each answer once, and only theirs."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from whatsapp import signals
from whatsapp.domain.documents import QuoteReply, read_reply
from whatsapp.models import QuoteAnswer, SentDocument
from whatsapp.ports import StaffNotice
from whatsapp.services import staff
from whatsapp.services.announce import emit
from whatsapp.services.arrivals import Arrival

logger = logging.getLogger(__name__)

OUTDATED = noop("The customer answered an older version of the quote, which no longer counts.")
STRANGER = noop("Somebody else than the customer of the quote answered it; it does not count.")


def take(*, arrivals: Sequence[Arrival]) -> None:
    """Write down what buttons under quotes say and tell the ERP, in the transaction of the press.

    A button counts once, however often it is pressed; only under the newest sending of the quote,
    and only from whom that went to. Staff is told of presses that cannot count.
    """
    pressed = [(arrival, read_reply(arrival.update.tapped)) for arrival in arrivals]
    replies = [(arrival, reply) for arrival, reply in pressed if reply is not None]
    if not replies:
        return
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
        elif against := _reason_against(arrival, paper):
            _tell_staff(arrival, paper, reason=against)
        else:
            _count(arrival, reply, paper)


def _reason_against(arrival: Arrival, paper: SentDocument) -> str:
    theirs = (paper.message.contact_id, paper.message.number_id)
    about = arrival.message.reply_to_id
    if theirs != (arrival.contact.pk, arrival.number.pk) or about not in (None, paper.message_id):
        return STRANGER
    newest = SentDocument.objects.filter(kind=paper.kind, document_id=paper.document_id)
    return OUTDATED if newest.standing().filter(pk__gt=paper.pk).exists() else ""


def _count(arrival: Arrival, reply: QuoteReply, paper: SentDocument) -> None:
    quote_id = paper.message.quote_id
    answer, is_new = QuoteAnswer.objects.get_or_create(
        document=paper,
        answer=reply.answer.value,
        defaults={"quote_id": quote_id, "message": arrival.message},
    )
    if is_new and quote_id is not None:
        emit(
            signals.quote_answered,
            quote_id=quote_id,
            answer=answer.answer,
            message_id=arrival.message.pk,
            conversation_id=arrival.conversation.pk,
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
