"""What follows when suppliers answer: the file they are owed, and a word to the ERP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from whatsapp import signals
from whatsapp.domain.content import MediaKind, MediaMessage
from whatsapp.models import Media, SentDocument
from whatsapp.models.message import SILENT, MessageType
from whatsapp.services.dialogue.addressing import Target
from whatsapp.services.dialogue.arrivals import Arrival
from whatsapp.services.outgoing import uploads
from whatsapp.services.outgoing.queueing import Envelope, queue_message
from whatsapp.services.shared.announce import emit


def follow_up(*, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Give suppliers who wrote the files they are owed, and tell the ERP of their answers."""
    answers = [
        (arrival, order_id)
        for arrival in arrivals
        if (order_id := arrival.message.supplier_order_id)
        and arrival.message.message_type not in SILENT
    ]
    if not answers:
        return
    _hand_over(arrivals=[arrival for arrival, _order_id in answers], now=now)
    for arrival, order_id in answers:
        emit(
            signals.supplier_answered,
            supplier_order_id=order_id,
            message_id=arrival.message.pk,
            conversation_id=arrival.conversation.pk,
        )


def _hand_over(*, arrivals: Sequence[Arrival], now: datetime) -> None:
    threads = {
        (arrival.number.pk, arrival.contact.pk): arrival
        for arrival in arrivals
        if arrival.conversation.window_open(now=now)
    }
    owing = SentDocument.objects.standing().filter(
        owed__isnull=False, message__contact__in=[contact for _, contact in threads]
    )
    for sent in owing.select_related("message", "owed").order_by("id"):
        arrival = threads.get((sent.message.number_id or 0, sent.message.contact_id or 0))
        if arrival is not None and sent.owed is not None:
            _queue(sent, media=sent.owed, arrival=arrival, now=now)


def _queue(sent: SentDocument, *, media: Media, arrival: Arrival, now: datetime) -> None:
    uploads.await_upload(media=media, number_id=arrival.number.pk, due_at=now, now=now)
    content = MediaMessage(
        kind=MediaKind.DOCUMENT,
        media_id=media.media_id,
        upload=0 if media.media_id else media.pk,
        filename=media.filename,
    )
    queue_message(
        content,
        MessageType.DOCUMENT,
        target=Target(
            number=arrival.number, contact=arrival.contact, conversation=arrival.conversation
        ),
        envelope=Envelope(supplier_order_id=sent.document_id, user_id=sent.message.user_id),
        upload=media,
    )
    sent.owed = None
    sent.save(update_fields=["owed"])
