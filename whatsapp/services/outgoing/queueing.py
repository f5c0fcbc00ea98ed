"""Write a message and its outbox row, in the caller's transaction, and wake the sender."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from django.db import transaction
from django.db.models import Case, DateTimeField, ExpressionWrapper, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain import content as contents
from whatsapp.domain import quiet_hours
from whatsapp.domain.content import Content
from whatsapp.domain.lifecycle import Direction, MessageStatus
from whatsapp.domain.retry import Priority
from whatsapp.domain.schedule import Schedule, schedule
from whatsapp.errors import NotFoundError
from whatsapp.models import Media, Message, OutboxItem, Template
from whatsapp.models.change import ChangeKind
from whatsapp.models.message import MessageType
from whatsapp.models.outbox import OutboxState
from whatsapp.services.dialogue import threads
from whatsapp.services.dialogue.addressing import Target
from whatsapp.services.shared import change_log


class Envelope(TypedDict, total=False):
    """Who gets it and what it belongs to: one of phone, contact and conversation; the rest is free.

    ``send_at`` delays it, ``expires_at`` is when it is too late, ``priority`` orders it among what
    the number has to send; but for replies it also keeps the quiet hours. Sends of one user with
    the same ``idempotency_key`` are one message.
    """

    phone_number: str
    contact_id: int | None
    conversation_id: int | None
    number_id: int | None
    user_id: int | None
    customer_id: int | None
    order_id: int | None
    quote_id: int | None
    supplier_order_id: int | None
    reply_to_id: int | None
    send_at: datetime | None
    expires_at: datetime | None
    priority: Priority
    idempotency_key: str


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
    messages = queue_messages(
        content, kind, targets=[target], envelope=envelope, template=template, upload=upload
    )
    return messages[0]


def queue_messages(
    content: Content,
    kind: MessageType,
    *,
    targets: Sequence[Target],
    envelope: Envelope,
    template: Template | None = None,
    upload: Media | None = None,
) -> list[Message]:
    """Write a message of the same words to each, as ``queue_message`` does; all locked.

    No two in one conversation; an ``upload`` is for one target only.
    """
    now = timezone.now()
    times = times_of(envelope, now=now)
    messages = [
        Message(
            customer_id=envelope.get("customer_id") or target.contact.customer_id,
            user_id=envelope.get("user_id"),
            phone_number=target.contact.phone,
            direction=Direction.SENT.value,
            message_type=kind.value,
            message_text=content.text,
            order_id=envelope.get("order_id"),
            quote_id=envelope.get("quote_id"),
            supplier_order_id=envelope.get("supplier_order_id"),
            delivery_status=MessageStatus.PENDING.value,
            number=target.number,
            contact=target.contact,
            conversation=target.conversation,
            template=template,
            content=contents.to_json(content),
            reply_to=_reply_to(envelope.get("reply_to_id"), target=target),
            happened_at=now,
            created_at=now,
            send_at=times.send_at,
            expires_at=times.expires_at,
        )
        for target in targets
    ]
    Message.objects.bulk_create(messages)
    if upload is not None:
        Media.objects.filter(pk=upload.pk).update(message=messages[0])
    written = list(zip(targets, messages, strict=True))
    threads.note_messages((target.conversation, message) for target, message in written)
    due = _due(times, upload=upload)
    OutboxItem.objects.bulk_create(
        OutboxItem(
            message=message,
            number=target.number,
            contact=target.contact,
            priority=envelope.get("priority", Priority.REPLY).value,
            **due,
        )
        for target, message in written
    )
    change_log.note(kind=ChangeKind.MESSAGE_QUEUED, ids=[message.pk for message in messages])
    for number_id in {target.number.pk for target in targets}:
        queue.enqueue(queue.SEND_DUE, number_id=number_id)
    return messages


def times_of(envelope: Envelope, *, now: datetime) -> Schedule:
    """Fix when a message is due and when it expires; raises as ``domain.schedule``."""
    conf = whatsapp_settings()
    return schedule(
        send_at=envelope.get("send_at"),
        expires_at=envelope.get("expires_at"),
        priority=envelope.get("priority", Priority.REPLY),
        hours=quiet_hours.parse(conf.quiet_hours),
        lifetime=conf.message_lifetime,
        now=now,
    )


def put_off(*, message_ids: Sequence[int], until: datetime) -> frozenset[int]:
    """Let messages that came into the quiet hours while they waited live on from their end.

    Not one whose end the caller named: it expires when it was meant to. Call it where the rows are
    given back to the queue. Returns those that are put off; what somebody has locked is passed by.
    """
    lifetime = whatsapp_settings().message_lifetime
    usual = ExpressionWrapper(
        Coalesce("send_at", "created_at") + Value(lifetime), output_field=DateTimeField()
    )
    with transaction.atomic():
        free = Message.objects.select_for_update(no_key=True, skip_locked=True)
        mine = frozenset(
            free.filter(pk__in=message_ids).order_by("pk").values_list("pk", flat=True)
        )
        Message.objects.filter(pk__in=mine).update(
            send_at=until,
            expires_at=Case(
                When(expires_at=usual, then=Value(until + lifetime)), default="expires_at"
            ),
        )
    return mine


def _due(times: Schedule, *, upload: Media | None) -> dict[str, Any]:
    """When the row may leave; at once is by the database's clock, which is the sender's too."""
    due = {} if times.send_at is None else {"next_attempt_at": times.send_at}
    if upload is not None and not upload.media_id:  # uploads.py makes it PENDING with Meta's id
        return {**due, "state": OutboxState.UPLOADING.value}
    return due


def _reply_to(message_id: int | None, *, target: Target) -> Message | None:
    if message_id is None:
        return None
    found = Message.objects.filter(pk=message_id, conversation=target.conversation).first()
    if found is None:
        raise NotFoundError(
            "The message replied to is not in this conversation.", details={"field": "reply_to"}
        )
    return found
