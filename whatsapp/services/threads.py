"""Which conversation a message belongs to, and what the message changes on it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.conversation import ConversationStatus, after_inbound
from whatsapp.domain.lifecycle import Direction
from whatsapp.models import Conversation, Message
from whatsapp.models.message import MessageType


def live_conversation(*, number_id: int, contact_id: int) -> Conversation:
    """Lock the one conversation that is not archived; make it, RESOLVED, if there is none.

    A message of ours joins it without changing its state: only inbound opens.
    """
    while True:
        live = Conversation.objects.live().filter(number_id=number_id, contact_id=contact_id)
        conversation = live.select_for_update().first()  # None too if archived while we waited
        if conversation is not None:
            return conversation
        Conversation.objects.bulk_create(
            [
                Conversation(
                    number_id=number_id,
                    contact_id=contact_id,
                    status=ConversationStatus.RESOLVED.value,
                    resolved_at=timezone.now(),
                )
            ],
            ignore_conflicts=True,  # another message of the same moment made it
        )


def last_inbound_at(*, number_id: int, contact_id: int) -> datetime | None:
    """When the customer wrote last to that number, in any conversation (Meta's time)."""
    found: datetime | None = Conversation.objects.filter(
        number_id=number_id, contact_id=contact_id
    ).aggregate(newest=Max("last_inbound_at"))["newest"]
    return found


def note_message(*, conversation: Conversation, message: Message) -> None:
    """Move the conversation's columns after its message was inserted; call under its lock."""
    # an empty conversation says when it was made, which is later than Meta's second
    is_first = not conversation.message_count
    if is_first or message.happened_at >= conversation.last_message_at:
        conversation.last_message_at = message.happened_at
        conversation.last_message_preview = message.preview()
        conversation.last_message_direction = message.direction
    conversation.message_count += 1
    if message.direction == Direction.SENT.value:
        _note_answer(conversation, message)
    elif message.message_type != MessageType.SYSTEM.value:  # Meta's own words ask for nobody
        _note_inbound(conversation, message)
    conversation.save(update_fields=_MOVED)


_MOVED = (
    "message_count",
    "last_message_at",
    "last_message_preview",
    "last_message_direction",
    "status",
    "unread_count",
    "assigned_to",
    "resolved_at",
    "first_response_at",
    "sla_breached_at",
    "waiting_since",
    "response_due_at",
    "last_inbound_at",
)


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
    waiting_since = conversation.waiting_since
    if waiting_since is None or message.happened_at < waiting_since:  # an older one came later
        conversation.waiting_since = message.happened_at
        conversation.response_due_at = message.happened_at + whatsapp_settings().sla_response
    newest = conversation.last_inbound_at or message.happened_at
    conversation.last_inbound_at = max(newest, message.happened_at)


def _note_answer(conversation: Conversation, message: Message) -> None:
    """A person's answer stops the SLA clock; a notice or an automatic text does not."""
    if message.user_id is None or conversation.waiting_since is None:
        return
    conversation.waiting_since = None
    conversation.response_due_at = None
    conversation.first_response_at = conversation.first_response_at or message.happened_at
