"""Which conversation a message belongs to, and what the message changes on it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Max
from django.db.models.functions import Greatest
from django.utils import timezone

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.conversation import ConversationStatus, after_inbound
from whatsapp.domain.lifecycle import Direction
from whatsapp.models import Conversation, Message


def live_conversation(*, number_id: int, contact_id: int) -> Conversation:
    """Lock the one conversation that is not archived; make it, RESOLVED, if there is none.

    A message of ours joins it without changing its state: only inbound opens.
    """
    conversation, _ = Conversation.objects.get_or_create(
        number_id=number_id,
        contact_id=contact_id,
        status__in=[s.value for s in ConversationStatus if s is not ConversationStatus.ARCHIVED],
        defaults={"status": ConversationStatus.RESOLVED.value, "resolved_at": timezone.now()},
    )
    return Conversation.objects.select_for_update().get(pk=conversation.pk)


def last_inbound_at(*, number_id: int, contact_id: int) -> datetime | None:
    """When the customer wrote last to that number, in any conversation (Meta's time)."""
    found: datetime | None = Conversation.objects.filter(
        number_id=number_id, contact_id=contact_id
    ).aggregate(newest=Max("last_inbound_at"))["newest"]
    return found


def note_message(*, conversation: Conversation, message: Message) -> None:
    """Move the conversation's columns after its message was inserted; call under its lock."""
    if message.direction == Direction.RECEIVED.value:
        _note_inbound(conversation, message)
    else:
        _note_outbound(conversation, message)
    is_first = not conversation.message_count
    newest = is_first or message.happened_at >= conversation.last_message_at
    conversation.message_count += 1
    changes: dict[str, object] = {
        "message_count": F("message_count") + 1,
        # an empty conversation says when it was made, which is later than Meta's second
        "last_message_at": message.happened_at
        if is_first
        else Greatest("last_message_at", message.happened_at),
    }
    if newest:
        changes |= {
            "last_message_preview": message.preview(),
            "last_message_direction": message.direction,
        }
        conversation.last_message_at = message.happened_at
    Conversation.objects.filter(pk=conversation.pk).update(**changes)


def _note_inbound(conversation: Conversation, message: Message) -> None:
    """Open or reopen, count as unread, start the SLA clock if it does not run yet."""
    before = ConversationStatus(conversation.status)
    conversation.status = after_inbound(before).value
    conversation.unread_count += 1
    if before is ConversationStatus.RESOLVED:
        conversation.assigned_to_id = None
        conversation.resolved_at = None
        conversation.first_response_at = None
        conversation.sla_breached_at = None
    if conversation.waiting_since is None:
        conversation.waiting_since = message.happened_at
        conversation.response_due_at = message.happened_at + whatsapp_settings().sla_response
    inbound = conversation.last_inbound_at
    conversation.last_inbound_at = max(inbound or message.happened_at, message.happened_at)
    conversation.save(
        update_fields=[
            "status",
            "unread_count",
            "assigned_to",
            "resolved_at",
            "first_response_at",
            "sla_breached_at",
            "waiting_since",
            "response_due_at",
            "last_inbound_at",
        ]
    )


def _note_outbound(conversation: Conversation, message: Message) -> None:
    """A person's answer stops the SLA clock; a notice or an automatic text does not."""
    if message.user_id is None or conversation.waiting_since is None:
        return
    conversation.waiting_since = None
    conversation.response_due_at = None
    conversation.first_response_at = conversation.first_response_at or message.happened_at
    conversation.save(update_fields=["waiting_since", "response_due_at", "first_response_at"])
