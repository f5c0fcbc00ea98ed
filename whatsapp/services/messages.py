"""Say something to a customer: the road Out begins here, with two rows in the caller's transaction.

Every ``send_*`` returns a PENDING message once all rules are kept; the sender does the rest after
commit. The keywords that all of them share are those of ``Envelope``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

from django.db import transaction
from django.utils import timezone

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain import content as contents
from whatsapp.domain import template as template_rules
from whatsapp.domain.content import Buttons, Content, ListMenu, MediaKind, MediaMessage, Text
from whatsapp.domain.lifecycle import Direction, MessageStatus, can_cancel, can_retry_by_hand
from whatsapp.domain.retry import Priority
from whatsapp.domain.template_call import call_components
from whatsapp.errors import (
    MessageNotDeliverableError,
    NotFoundError,
    TemplateNotApprovedError,
    ValidationError,
)
from whatsapp.models import Message, MessageAttempt, OutboxItem, Template
from whatsapp.models.message import MessageType
from whatsapp.models.outbox import OutboxKind, OutboxState
from whatsapp.services.addressing import (
    Address,
    Target,
    require_consent,
    require_window,
    resolve,
)
from whatsapp.services.idempotency import once
from whatsapp.services.queueing import Envelope, queue_message
from whatsapp.services.uploads import check_upload, keep_upload, upload_again

TROUBLE = (OutboxState.FAILED.value, OutboxState.HELD.value, OutboxState.UNCONFIRMED.value)


@once
@transaction.atomic
def send_text(*, text: str, preview_url: bool = False, **envelope: Unpack[Envelope]) -> Message:
    """Queue free text, inside the 24-hour window only.

    Raises InvalidPhoneError, NotFoundError, ValidationError, ConversationClosedError.
    """
    content = Text(body=text, preview_url=preview_url)
    return _queue_in_window(content, MessageType.TEXT, envelope)


@once
@transaction.atomic
def send_interactive(*, content: Buttons | ListMenu, **envelope: Unpack[Envelope]) -> Message:
    """Queue reply buttons or a list, inside the 24-hour window only; raises as ``send_text``."""
    return _queue_in_window(content, MessageType.INTERACTIVE, envelope)


@once
@transaction.atomic
def send_media(
    *,
    kind: MediaKind,
    data: bytes | None = None,
    media_id: str = "",
    link: str = "",
    caption: str = "",
    filename: str = "",
    **envelope: Unpack[Envelope],
) -> Message:
    """Queue a file: its bytes, a media id of Meta's, or a link that Meta can fetch.

    Bytes are checked by their real type and size, kept, and uploaded before the message is due.
    Raises as ``send_text``, and MediaTooLargeError.
    """
    if data is None:
        content = MediaMessage(
            kind=kind, media_id=media_id, link=link, caption=caption, filename=filename
        )
        return _queue_in_window(content, MessageType(kind.value.upper()), envelope)
    if media_id or link:
        raise ValidationError("Give a file or its id, not both.", details={"field": "file"})
    mime_type = check_upload(kind=kind, data=data, filename=filename)
    target = _target_in_window(envelope)
    media = keep_upload(
        number_id=target.number.pk, data=data, mime_type=mime_type, filename=filename
    )
    content = MediaMessage(kind=kind, upload=media.pk, caption=caption, filename=filename)
    message = queue_message(
        content, MessageType(kind.value.upper()), target=target, envelope=envelope, upload=media
    )
    queue.enqueue(queue.UPLOAD_MEDIA)
    return message


@once
@transaction.atomic
def send_template(
    *,
    template: str,
    language: str,
    parameters: Mapping[str, str],
    **envelope: Unpack[Envelope],
) -> Message:
    """Queue an approved template of the number's account, its parameters checked against it.

    Raises InvalidPhoneError, NotFoundError, TemplateNotApprovedError, TemplateValidationError,
    MessageNotDeliverableError (opted out of marketing).
    """
    target = resolve(_address(envelope))
    row = _approved_template(template, language, waba_id=target.number.account_id)
    require_consent(target, category=row.category)
    values = template_rules.check_parameters(
        components=row.components, parameter_format=row.parameter_format, parameters=parameters
    )
    content = contents.TemplateCall(
        name=row.name,
        language=row.language,
        components=call_components(
            components=row.components, parameter_format=row.parameter_format, parameters=values
        ),
        rendered=row.render(values).text,
    )
    return queue_message(
        content, MessageType.TEMPLATE, target=target, envelope=envelope, template=row
    )


@transaction.atomic
def retry(*, message_id: int) -> Message:
    """Send a failed or held message again, as a new attempt with a new lifetime.

    A wamid of the failed attempt moves to the list of attempts, so that its late statuses are
    still understood. Raises NotFoundError, MessageNotDeliverableError (nothing to repeat).
    """
    message = _locked(message_id)
    row = OutboxItem.objects.select_for_update().filter(
        message=message, kind=OutboxKind.MESSAGE.value, state__in=TROUBLE
    )
    if not can_retry_by_hand(message.status) or not row.exists():
        raise MessageNotDeliverableError(
            "Only a failed or held message can be sent again.",
            details={"reason": "not_in_trouble", "status": message.delivery_status},
        )
    if message.external_message_id:
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
    now = timezone.now()
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
    due_at = message.expires_at if upload_again(message=message, now=now) else now
    row.update(
        state=OutboxState.PENDING.value, next_attempt_at=due_at, retries=0, waits=0, reason=""
    )
    queue.enqueue(queue.SEND_DUE, number_id=message.number_id or 0)
    return message


@transaction.atomic
def cancel(*, message_id: int) -> Message:
    """Call a message back while no sender holds it.

    Raises NotFoundError, MessageNotDeliverableError when it is on its way or gone.
    """
    message = _locked(message_id)
    if message.direction != Direction.SENT.value or not can_cancel(message.status):
        raise MessageNotDeliverableError(
            "The message is no longer waiting; it cannot be called back.",
            details={"reason": "not_pending", "status": message.delivery_status},
        )
    OutboxItem.objects.filter(message=message, kind=OutboxKind.MESSAGE.value).delete()
    message.delivery_status = MessageStatus.CANCELLED.value
    message.save(update_fields=["delivery_status"])
    return message


@transaction.atomic
def dismiss(*, message_id: int) -> Message:
    """Take a failed or held message off the list of trouble; the message keeps its status."""
    message = _locked(message_id)
    OutboxItem.objects.filter(message=message, state__in=TROUBLE).delete()
    return message


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


def _locked(message_id: int) -> Message:
    message = Message.objects.select_for_update().filter(pk=message_id).first()
    if message is None:
        raise NotFoundError("There is no such message.")
    return message


def _queue_in_window(content: Content, kind: MessageType, envelope: Envelope) -> Message:
    return queue_message(content, kind, target=_target_in_window(envelope), envelope=envelope)


def _target_in_window(envelope: Envelope) -> Target:
    target = resolve(_address(envelope))
    require_window(target, now=timezone.now())
    return target


def _address(envelope: Envelope) -> Address:
    return Address(
        phone_number=envelope.get("phone_number") or "",
        contact_id=envelope.get("contact_id"),
        conversation_id=envelope.get("conversation_id"),
        number_id=envelope.get("number_id"),
        customer_id=envelope.get("customer_id"),
    )


def _approved_template(name: str, language: str, *, waba_id: str) -> Template:
    row = Template.objects.present().filter(waba_id=waba_id, name=name, language=language).first()
    if row is None:
        raise NotFoundError(
            f"There is no template {name!r} in {language!r}.", details={"field": "template"}
        )
    if not row.is_approved:
        raise TemplateNotApprovedError(
            f"Template {name!r} ({language}) is {row.status}; Meta sends approved ones only.",
            details={"status": row.status},
        )
    return row
