"""Say something to a customer: the road Out begins here, with two rows in the caller's transaction.

Every ``send_*`` returns a PENDING message once all rules are kept; the sender does the rest after
commit. The keywords that all of them share are those of ``Envelope``. What is done about a message
afterwards (``retry``, ``cancel``, ``dismiss``) is in ``interventions``, receipts and typing are in
``courtesies``; all are imported from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Unpack

from django.db import transaction
from django.utils import timezone

from whatsapp.domain import content as contents
from whatsapp.domain.content import (
    ContactCard,
    ContactCards,
    Content,
    Interactive,
    Location,
    MediaKind,
    MediaMessage,
    Reaction,
    Text,
)
from whatsapp.errors import (
    MessageNotDeliverableError,
    NotFoundError,
)
from whatsapp.models import Media, Message
from whatsapp.models.message import MessageType
from whatsapp.services.bulk import BulkResult, send_many
from whatsapp.services.dialogue.addressing import (
    Address,
    Target,
    approved_template,
    require_consent,
    require_window,
    resolve,
)
from whatsapp.services.outgoing import uploads
from whatsapp.services.outgoing.courtesies import queue_read_receipt, queue_typing
from whatsapp.services.outgoing.interventions import cancel, dismiss, retry
from whatsapp.services.outgoing.queueing import Envelope, queue_message, times_of
from whatsapp.services.outgoing.recipients import Recipient, Refusal
from whatsapp.services.shared import idempotency
from whatsapp.services.shared.idempotency import once
from whatsapp.services.templating.template_calls import call_of

__all__ = [
    "BulkResult",
    "Envelope",
    "Recipient",
    "Refusal",
    "cancel",
    "dismiss",
    "queue_read_receipt",
    "queue_typing",
    "retry",
    "send_contacts",
    "send_interactive",
    "send_location",
    "send_many",
    "send_media",
    "send_reaction",
    "send_template",
    "send_text",
]

REACTION_AGE = timedelta(days=30)  # older messages Meta has put away (131009, by webhook)
_NOT_KEPT = -1  # stands for the upload's id until there is one


@once
@transaction.atomic
def send_text(
    *, text: str, preview_url: bool | None = None, **envelope: Unpack[Envelope]
) -> Message:
    """Queue free text, inside the 24-hour window only.

    A link in it is shown as a card, as WhatsApp itself does, unless ``preview_url`` is False.
    Raises InvalidPhoneError, NotFoundError, ValidationError, ConversationClosedError.
    """
    preview = contents.has_link(text) if preview_url is None else preview_url
    return _queue_in_window(Text(body=text, preview_url=preview), MessageType.TEXT, envelope)


@once
@transaction.atomic
def send_interactive(*, content: Interactive, **envelope: Unpack[Envelope]) -> Message:
    """Queue reply buttons, a list, a link button or a request for the customer's place.

    Inside the 24-hour window only; raises as ``send_text``.
    """
    return _queue_in_window(content, MessageType.INTERACTIVE, envelope)


@once
@transaction.atomic
def send_location(
    *,
    latitude: float,
    longitude: float,
    name: str = "",
    address: str = "",
    **envelope: Unpack[Envelope],
) -> Message:
    """Queue a place (degrees), inside the 24-hour window only; raises as ``send_text``."""
    content = Location(latitude=latitude, longitude=longitude, name=name, address=address)
    return _queue_in_window(content, MessageType.LOCATION, envelope)


@once
@transaction.atomic
def send_contacts(*, contacts: Sequence[ContactCard], **envelope: Unpack[Envelope]) -> Message:
    """Queue people to write to or call, inside the 24-hour window only; raises as ``send_text``."""
    content = ContactCards(contacts=tuple(contacts))
    return _queue_in_window(content, MessageType.CONTACTS, envelope)


@once
@transaction.atomic
def send_reaction(*, message_id: int, emoji: str, **envelope: Unpack[Envelope]) -> Message:
    """Queue an emoji on a message, the customer's or ours; an empty one takes ours back.

    Without an address it goes to the message's conversation; with one, the message must be of it.
    Raises as ``send_text``, and MessageNotDeliverableError for what Meta would not find: a message
    it never took, a reaction, a message older than 30 days.
    """
    reacted = Message.objects.filter(pk=message_id).first()
    if not any(envelope.get(name) for name in ("phone_number", "contact_id", "conversation_id")):
        envelope["conversation_id"] = reacted.conversation_id if reacted else None
    if reacted is None or not reacted.conversation_id:
        raise NotFoundError("There is no such message.", details={"field": "message"})
    target = _target_in_window(envelope)
    if reacted.conversation_id != target.conversation.pk:
        raise NotFoundError(
            "The message is not in this conversation.", details={"field": "message"}
        )
    wamid = _wamid_to_react_to(reacted, now=timezone.now())
    envelope["reply_to_id"] = message_id  # how a thread finds the reactions to a message
    content = Reaction(message_id=wamid, emoji=emoji)
    return queue_message(content, MessageType.REACTION, target=target, envelope=envelope)


def send_media(
    *,
    kind: MediaKind,
    file: uploads.AnyFile | None = None,
    media_id: str = "",
    link: str = "",
    caption: str = "",
    filename: str = "",
    voice: bool = False,
    **envelope: Unpack[Envelope],
) -> Message:
    """Queue a file: its bytes, a media id of Meta's, or a link that Meta can fetch.

    ``file`` is a Django one (``File(open(…, "rb"))``, ``ContentFile``, an upload). Its bytes are
    checked by their real type and size, kept, and uploaded before the message is due; at once, if
    Meta has them already. They are put into the storage before our transaction begins.
    ``voice`` shows an audio as a voice message. Raises as ``send_text``, and MediaTooLargeError.
    """
    given: dict[str, Any] = {
        **{"kind": kind, "media_id": media_id, "link": link},
        **{"caption": caption, "filename": filename, "voice": voice},
    }
    content = MediaMessage(**given, upload=_NOT_KEPT if file is not None else 0)
    key = idempotency.key_of(name="send_media", asked={**given, "file": file, **envelope})
    if file is None:
        message_type = MessageType(kind.value.upper())
        make = partial(_queue_in_window, content, message_type, envelope)
        return idempotency.make_under(make=make, **key)
    if before := idempotency.made_under(**key):
        return before
    checked = uploads.check_upload(kind=kind, file=file, voice=voice)
    if kind is MediaKind.DOCUMENT and not filename:
        content = replace(content, filename=checked.name)
    media = uploads.keep(replace(checked, name=filename or checked.name))
    try:
        make = partial(_queue_upload, content, media=media, envelope=envelope)
        message = idempotency.make_under(make=make, **key)
    except BaseException:
        uploads.discard(media)
        raise
    if media.pk is None:  # another call under the key was first
        uploads.discard(media)
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
    row = approved_template(name=template, language=language, waba_id=target.number.account_id)
    require_consent(target, category=row.category)
    content = call_of(template=row, parameters=parameters)
    return queue_message(
        content, MessageType.TEMPLATE, target=target, envelope=envelope, template=row
    )


def _queue_in_window(content: Content, kind: MessageType, envelope: Envelope) -> Message:
    return queue_message(content, kind, target=_target_in_window(envelope), envelope=envelope)


def _queue_upload(content: MediaMessage, *, media: Media, envelope: Envelope) -> Message:
    """Queue a file of ours; by Meta's id where it has one that is fresh when it is needed."""
    now = timezone.now()
    target = _target_in_window(envelope)
    due_at: datetime = times_of(envelope, now=now).send_at or now
    uploads.await_upload(media=media, number_id=target.number.pk, due_at=due_at, now=now)
    known = bool(media.media_id)
    content = replace(content, media_id=media.media_id, upload=0 if known else media.pk)
    kind = MessageType(content.kind.value.upper())
    return queue_message(content, kind, target=target, envelope=envelope, upload=media)


def _wamid_to_react_to(message: Message, *, now: datetime) -> str:
    reason = ""
    if not message.external_message_id:
        reason = "not_at_meta"
    elif message.message_type == MessageType.REACTION.value:
        reason = "is_reaction"
    elif now - message.happened_at > REACTION_AGE:
        reason = "too_old"
    if reason:
        raise MessageNotDeliverableError(
            "WhatsApp takes no reaction to this message.", details={"reason": reason}
        )
    return message.external_message_id or ""


def _target_in_window(envelope: Envelope) -> Target:
    target = resolve(_address(envelope))
    require_window(target, now=timezone.now())
    return target


def _address(envelope: Envelope) -> Address:
    if strange := envelope.keys() - Envelope.__annotations__.keys():
        raise TypeError(f"A message has no {', '.join(sorted(strange))}.")  # a slip of the pen
    return Address(
        phone_number=envelope.get("phone_number") or "",
        contact_id=envelope.get("contact_id"),
        conversation_id=envelope.get("conversation_id"),
        number_id=envelope.get("number_id"),
        customer_id=envelope.get("customer_id"),
        user_id=envelope.get("user_id"),
    )
