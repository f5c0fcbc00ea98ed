"""What a person does about a message of ours afterwards: send it again, call it back, let it be.

``by_id`` is who asks; what that person may not see is not found.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.lifecycle import Direction, MessageStatus, can_cancel, can_retry_by_hand
from whatsapp.errors import MessageNotDeliverableError, NotFoundError
from whatsapp.models import Message, MessageAttempt, OutboxItem
from whatsapp.models.change import ChangeKind
from whatsapp.models.outbox import OutboxKind, OutboxState
from whatsapp.services.outgoing import uploads
from whatsapp.services.shared import change_log, visibility

TROUBLE = (OutboxState.FAILED.value, OutboxState.HELD.value, OutboxState.UNCONFIRMED.value)


@transaction.atomic
def retry(*, message_id: int, by_id: int | None = None) -> Message:
    """Send a failed or held message again, as a new attempt with a new lifetime.

    A wamid of the failed attempt moves to the list of attempts, so that its late statuses are
    still understood. A file of ours is uploaded again: its old id may be what was wrong. Raises
    NotFoundError, MessageNotDeliverableError (nothing to repeat).
    """
    message = _locked(message_id, by_id=by_id)
    row = OutboxItem.objects.select_for_update().filter(
        message=message, kind=OutboxKind.MESSAGE.value, state__in=TROUBLE
    )
    if message.from_phone_app:
        raise MessageNotDeliverableError(
            "It was written in the phone app; send it again there.",
            details={"reason": "from_phone_app"},
        )
    if not can_retry_by_hand(message.status) or not row.exists():
        raise MessageNotDeliverableError(
            "Only a failed or held message can be sent again.",
            details={"reason": "not_in_trouble", "status": message.delivery_status},
        )
    now = timezone.now()
    _keep_attempt(message)
    message.delivery_status = MessageStatus.PENDING.value
    message.external_message_id = None
    message.sent_at = message.failed_at = message.error_code = None
    message.error_text = ""
    message.expires_at = now + whatsapp_settings().message_lifetime
    message.save(
        update_fields=[
            "delivery_status",
            "external_message_id",
            "sent_at",
            "failed_at",
            "error_code",
            "error_text",
            "expires_at",
        ]
    )
    change_log.note(kind=ChangeKind.MESSAGE_CHANGED, ids=[message.pk])
    waits = uploads.upload_again(message=message, now=now)
    state = OutboxState.UPLOADING if waits else OutboxState.PENDING
    row.update(state=state.value, next_attempt_at=now, retries=0, waits=0, reason="")
    queue.enqueue(queue.SEND_DUE, number_id=message.number_id or 0)
    return message


def _keep_attempt(message: Message) -> None:
    if not message.external_message_id:
        return
    MessageAttempt.objects.update_or_create(
        message=message,
        attempt=message.attempts,
        defaults={
            "wamid": message.external_message_id,
            "outcome": MessageStatus.FAILED.value,
            "departed_at": message.sent_at,
            "error_code": message.error_code,
            "error_text": message.error_text,
        },
    )


@transaction.atomic
def cancel(*, message_id: int, by_id: int | None = None) -> Message:
    """Call a message back while no sender holds it.

    Raises NotFoundError, MessageNotDeliverableError when it is on its way or gone.
    """
    message = _locked(message_id, by_id=by_id)
    if message.direction != Direction.SENT.value or not can_cancel(message.status):
        raise MessageNotDeliverableError(
            "The message is no longer waiting; it cannot be called back.",
            details={"reason": "not_pending", "status": message.delivery_status},
        )
    uploads.call_off(message=message)
    OutboxItem.objects.filter(message=message, kind=OutboxKind.MESSAGE.value).delete()
    message.delivery_status = MessageStatus.CANCELLED.value
    message.save(update_fields=["delivery_status"])
    change_log.note(kind=ChangeKind.MESSAGE_CHANGED, ids=[message.pk])
    queue.enqueue(queue.SEND_DUE, number_id=message.number_id or 0)  # for what waited behind it
    return message


@transaction.atomic
def dismiss(*, message_id: int, by_id: int | None = None) -> Message:
    """Take a failed or held message off the list of trouble; the message keeps its status."""
    message = _locked(message_id, by_id=by_id)
    OutboxItem.objects.filter(message=message, state__in=TROUBLE).delete()
    return message


def _locked(message_id: int, *, by_id: int | None) -> Message:
    message = Message.objects.select_for_update().filter(pk=message_id).first()
    if message is None or not visibility.may_see(conversation=message.conversation, user_id=by_id):
        raise NotFoundError("There is no such message.")
    return message
