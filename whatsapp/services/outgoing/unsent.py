"""Messages that never left, and will not by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from whatsapp import signals
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.models import Message, OutboxItem
from whatsapp.models.outbox import OutboxKind, OutboxState
from whatsapp.services.shared.announce import emit


def fail_unsent(*, message_ids: Iterable[int], reason: str, now: datetime) -> list[int]:
    """Fail messages that never left, with a reason in words; return those that were changed."""
    with transaction.atomic():
        waiting = Message.objects.filter(
            pk__in=message_ids, delivery_status=MessageStatus.PENDING.value
        )
        locked = waiting.order_by("pk").select_for_update(no_key=True)
        failed = list(locked.values_list("pk", flat=True))
        Message.objects.filter(pk__in=failed).update(
            delivery_status=MessageStatus.FAILED.value, failed_at=now, error_text=reason[:500]
        )
        OutboxItem.objects.filter(message_id__in=failed, kind=OutboxKind.MESSAGE.value).update(
            state=OutboxState.FAILED.value, reason=reason[:255]
        )
        emit(signals.message_failed, message_ids=failed)
        return failed
