"""What the customer sees beside messages: that theirs was read, that an answer is being written.

Neither is ever anybody's trouble: what fails is dropped, and a typing indicator that could not
leave within ``TYPING_LIFE`` too.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.conversation import window_open
from whatsapp.domain.lifecycle import Direction
from whatsapp.domain.retry import Priority
from whatsapp.errors import NotFoundError
from whatsapp.models import Conversation, Message, OutboxItem
from whatsapp.models.message import AMENDMENTS, MessageType
from whatsapp.models.outbox import OutboxKind, OutboxState
from whatsapp.services.dialogue import threads
from whatsapp.services.shared import visibility

TYPING_LIFE = timedelta(seconds=20)  # after its asking; Meta shows it for 25 s
_NOT_WRITTEN = (*AMENDMENTS, MessageType.SYSTEM.value)  # by the customer, in words


@transaction.atomic
def queue_read_receipt(*, message_id: int) -> None:
    """Tell the customer, once, that their message was read; marks the earlier ones too."""
    message = Message.objects.filter(
        pk=message_id, direction=Direction.RECEIVED.value, number__isnull=False
    ).first()
    if message is None or not message.external_message_id or message.number_id is None:
        return
    OutboxItem.objects.update_or_create(
        message=message,
        kind=OutboxKind.READ_RECEIPT.value,
        defaults={"number_id": message.number_id, "priority": Priority.REPLY.value},
    )
    queue.enqueue(queue.SEND_DUE, number_id=message.number_id)


@transaction.atomic
def queue_typing(*, conversation_id: int, by_id: int | None = None) -> bool:
    """Show the customer that an answer is being written, for 25 s or until it comes.

    Meta hangs it on the customer's last message and marks that as read. Returns False, and does
    nothing, where there is nobody to show it to: no message within the window, or the module is
    switched off. Raises NotFoundError.
    """
    message = _last_written(conversation_id, by_id=by_id)
    if message is None or message.number_id is None or not whatsapp_settings().enabled:
        return False
    row, is_new = OutboxItem.objects.get_or_create(
        message=message,
        kind=OutboxKind.TYPING.value,
        defaults={"number_id": message.number_id, "priority": Priority.REPLY.value},
    )
    if not is_new:  # it has not left yet: asked anew, unless a sender has it in its hands
        again = OutboxItem.objects.filter(pk=row.pk, state=OutboxState.PENDING.value)
        again.update(created_at=Now(), next_attempt_at=Now())
    queue.enqueue(queue.SEND_DUE, number_id=message.number_id)
    return True


def _last_written(conversation_id: int, *, by_id: int | None) -> Message | None:
    """The customer's last message, if Meta's window since then is open."""
    goal = threads.current_id(conversation_id=conversation_id)
    conversation = Conversation.objects.filter(pk=goal).first()
    if conversation is None or not visibility.may_see(conversation=conversation, user_id=by_id):
        raise NotFoundError("There is no such conversation.", details={"field": "conversation"})
    written = conversation.messages.received().exclude(message_type__in=_NOT_WRITTEN)
    known = written.filter(external_message_id__isnull=False, number__isnull=False)
    message: Message | None = known.order_by("-happened_at", "-id").first()
    if message is None or not window_open(last_inbound_at=message.happened_at, now=timezone.now()):
        return None
    return message
