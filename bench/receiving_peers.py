"""What our processor is compared with: one event at a time by the ORM, as packages of today do.

``take_status`` and ``take_message`` record and apply at once, and save whole rows. ``apply_status``
is the best that one Celery task per event can be: the event is recorded already, the worker keeps
its connection (``CELERY_DB_REUSE_MAX``), commits once, and writes only what changed.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from django.db import transaction
from django.utils import timezone

from whatsapp.domain.updates import Item

# Not the app of the process that fills its queue
receiving = Celery("receiving", broker=os.environ["REDIS_URL"], set_as_current=False)
receiving.conf.update(
    task_default_queue="bench_receiving",
    task_ignore_result=True,
    worker_prefetch_multiplier=64,
    CELERY_DB_REUSE_MAX=100_000,
)

RANKS = {"PENDING": 0, "SENT": 1, "DELIVERED": 2, "READ": 3}


@receiving.task(name="bench.status")
def apply_status(event_id: int) -> None:
    from whatsapp.models import Message, WebhookEvent

    with transaction.atomic():
        event = WebhookEvent.objects.select_for_update().get(pk=event_id)
        status = json.loads(event.payload)["value"]["statuses"][0]
        message = Message.objects.select_for_update().get(external_message_id=status["id"])
        message.save(update_fields=_move(message, status))
        _mark(event)
        event.save(update_fields=["status", "outcome", "processed_at"])


def take_status(item: Item) -> None:
    from whatsapp.models import Message

    event = _record(item)
    if event is None:
        return
    status = json.loads(event.payload)["value"]["statuses"][0]
    message = Message.objects.get(external_message_id=status["id"])
    _move(message, status)
    message.save()
    _mark(event)
    event.save()


def take_message(item: Item) -> None:
    from whatsapp.models import BusinessNumber, Contact, Conversation, Message

    event = _record(item)
    if event is None:
        return
    value = json.loads(event.payload)["value"]
    said, person = value["messages"][0], value["contacts"][0]
    at = datetime.fromtimestamp(int(said["timestamp"]), UTC)
    number = BusinessNumber.objects.get(phone_number_id=value["metadata"]["phone_number_id"])
    contact, _ = Contact.objects.get_or_create(
        wa_id=said["from"],
        defaults={"phone": f"+{said['from']}", "profile_name": person["profile"]["name"]},
    )
    live = Conversation.objects.exclude(status="ARCHIVED")
    conversation, _ = live.get_or_create(number=number, contact=contact)
    message, is_new = Message.objects.get_or_create(
        external_message_id=said["id"],
        defaults={
            "direction": "RECEIVED",
            "message_type": "TEXT",
            "message_text": said["text"]["body"],
            "phone_number": contact.phone,
            "content": said,
            "number": number,
            "contact": contact,
            "conversation": conversation,
            "happened_at": at,
        },
    )
    if is_new:
        conversation.status = "OPEN"
        conversation.message_count += 1
        conversation.unread_count += 1
        conversation.last_message_at = conversation.last_inbound_at = at
        conversation.last_message_preview = message.preview()
        conversation.save()
    _mark(event)
    event.save()


def _record(item: Item) -> Any:
    """The event's row; None if it was there before."""
    from whatsapp.models import WebhookEvent

    told = {"field": item.field, "payload": item.payload, "phone_number_id": item.phone_number_id}
    event, is_new = WebhookEvent.objects.get_or_create(idempotency_key=item.key, defaults=told)
    return event if is_new else None


def _move(message: Any, status: dict[str, Any]) -> list[str]:
    """Move a message forward; return what changed."""
    word = status["status"]
    setattr(message, f"{word}_at", datetime.fromtimestamp(int(status["timestamp"]), UTC))
    message.pricing_category = status["pricing"]["category"]
    message.pricing_type = status["pricing"]["type"]
    changed = [f"{word}_at", "pricing_category", "pricing_type"]
    if RANKS[word.upper()] > RANKS[message.delivery_status or "PENDING"]:
        message.delivery_status = word.upper()
        changed.append("delivery_status")
    return changed


def _mark(event: Any) -> None:
    event.status, event.outcome, event.processed_at = "processed", "applied", timezone.now()
