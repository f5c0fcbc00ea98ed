"""Write a message and its outbox row, in the caller's transaction, and wake the sender."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict

from django.utils import timezone

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain import content as contents
from whatsapp.domain.content import Content
from whatsapp.domain.lifecycle import Direction, MessageStatus
from whatsapp.domain.retry import Priority
from whatsapp.errors import NotFoundError, ValidationError
from whatsapp.models import Media, Message, OutboxItem, Template
from whatsapp.models.message import MessageType
from whatsapp.services import threads
from whatsapp.services.addressing import Target

FURTHEST = timedelta(days=30)  # how far ahead a message may be scheduled


class Envelope(TypedDict, total=False):
    """Who gets it and what it belongs to: one of phone, contact and conversation; the rest is free.

    ``send_at`` delays it, ``priority`` orders it among what the number has to send.
    """

    phone_number: str
    contact_id: int | None
    conversation_id: int | None
    number_id: int | None
    user_id: int | None
    customer_id: int | None
    order_id: int | None
    quote_id: int | None
    reply_to_id: int | None
    send_at: datetime | None
    priority: Priority


def queue_message(
    content: Content,
    kind: MessageType,
    *,
    target: Target,
    envelope: Envelope,
    template: Template | None = None,
    upload: Media | None = None,
) -> Message:
    """Write the message and its outbox row, and wake the number's sender after commit."""
    now = timezone.now()
    send_at = _send_at(envelope.get("send_at"), now=now)
    lifetime = whatsapp_settings().message_lifetime
    message = Message.objects.create(
        customer_id=envelope.get("customer_id") or target.contact.customer_id,
        user_id=envelope.get("user_id"),
        phone_number=target.contact.phone,
        direction=Direction.SENT.value,
        message_type=kind.value,
        message_text=content.text,
        order_id=envelope.get("order_id"),
        quote_id=envelope.get("quote_id"),
        delivery_status=MessageStatus.PENDING.value,
        number=target.number,
        contact=target.contact,
        conversation=target.conversation,
        template=template,
        content=contents.to_json(content),
        reply_to=_reply_to(envelope.get("reply_to_id"), target=target),
        happened_at=now,
        created_at=now,
        expires_at=send_at + lifetime,
    )
    if upload is not None:
        Media.objects.filter(pk=upload.pk).update(message=message)
    threads.note_message(conversation=target.conversation, message=message)
    OutboxItem.objects.create(
        message=message,
        number=target.number,
        contact=target.contact,
        priority=envelope.get("priority", Priority.REPLY).value,
        **_due(send_at, now=now, upload=upload),
    )
    queue.enqueue(queue.SEND_DUE, number_id=target.number.pk)
    return message


def _due(send_at: datetime, *, now: datetime, upload: Media | None) -> dict[str, datetime]:
    """When the row may leave; at once is by the database's clock, which is the sender's too."""
    if upload is not None:  # it first gets its id from Meta; uploads.py makes the row due
        return {"next_attempt_at": send_at + whatsapp_settings().message_lifetime}
    return {"next_attempt_at": send_at} if send_at > now else {}


def _send_at(asked: datetime | None, *, now: datetime) -> datetime:
    if asked is None:
        return now
    if asked > now + FURTHEST:
        raise ValidationError(
            f"A message can wait {FURTHEST.days} days at most.", details={"field": "send_at"}
        )
    return max(asked, now)


def _reply_to(message_id: int | None, *, target: Target) -> Message | None:
    if message_id is None:
        return None
    found = Message.objects.filter(pk=message_id, conversation=target.conversation).first()
    if found is None:
        raise NotFoundError(
            "The message replied to is not in this conversation.", details={"field": "reply_to"}
        )
    return found
