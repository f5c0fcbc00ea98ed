"""Files on their way out: checked, kept, and given an id by Meta before their message is due.

Until then the message's row in the outbox is UPLOADING. Meta keeps a file for 30 days: the same
bytes from the same number are not uploaded again while their id is fresh.
"""

from __future__ import annotations

import codecs
import hashlib
import logging
import mimetypes
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import filetype
from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain import content_limits as limits
from whatsapp.domain.content import MediaKind
from whatsapp.domain.content_files import with_file
from whatsapp.domain.file_headers import container_type
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.media_rules import check_file, check_picture, check_size, is_voice
from whatsapp.domain.retry import Action, Decision, Failure, FailureClass, decide
from whatsapp.models import Media, Message, OutboxItem
from whatsapp.models.media import MediaState
from whatsapp.models.outbox import OutboxState
from whatsapp.ports import Credentials, GatewayError
from whatsapp.services.outgoing import unsent
from whatsapp.wiring import gateway

if TYPE_CHECKING:
    AnyFile = File[Any]
else:
    AnyFile = File  # Django's own takes no parameter while it runs

logger = logging.getLogger(__name__)

FRESH = timedelta(days=29)  # how old an id may be when its message is due; it then has a day left
CLAIM = timedelta(minutes=5)  # nobody else tries while one upload runs
ACCOUNT_REST = timedelta(minutes=5)  # between tries while a person has to mend the account
_HEAD = 8192  # bytes that tell a file's type
_TEXT = "text/plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A file that WhatsApp takes. ``sha256`` in hex, ``name`` without its folders."""

    file: AnyFile
    name: str
    mime_type: str
    size: int
    sha256: str


def check_upload(*, kind: MediaKind, file: AnyFile, voice: bool = False) -> Checked:
    """Look at a file's real type and size; it is read once, in pieces, if its size is allowed.

    Raises as ``check_file``; ValidationError (field ``voice``) if it is to be a voice message and
    cannot.
    """
    size = file.size or 0
    check_size(kind=kind, size=size)
    file.seek(0)
    head = bytes(file.read(_HEAD))
    sha256, is_text = _read(file)
    peek = partial(_peek, file)
    container = container_type(peek, is_sound=kind is MediaKind.AUDIO)
    mime_type = container or filetype.guess_mime(head) or ""
    if not mime_type and is_text and kind is MediaKind.DOCUMENT:
        mime_type = _TEXT
    check_file(kind=kind, mime_type=mime_type, size=size, head=head)
    if kind is MediaKind.IMAGE:
        check_picture(peek)
    if voice and not is_voice(head):
        raise limits.fault("A voice message is OGG with OPUS sound in mono.", field="voice")
    name = PurePath(file.name or "").name[-limits.FILENAME :]
    return Checked(file=file, name=name, mime_type=mime_type, size=size, sha256=sha256)


def _peek(file: AnyFile, start: int, length: int) -> bytes:
    file.seek(start)
    return bytes(file.read(length))


def _read(file: AnyFile) -> tuple[str, bool]:
    """Return the digest in hex, and whether all of it is text."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_text = True
    for chunk in file.chunks():
        digest.update(chunk)
        if is_text:
            is_text = _is_text(decoder, chunk)
    return digest.hexdigest(), is_text and _is_text(decoder, b"", final=True)


def _is_text(decoder: codecs.IncrementalDecoder, data: bytes, *, final: bool = False) -> bool:
    try:
        return "\0" not in decoder.decode(data, final)
    except UnicodeDecodeError:
        return False


def keep(checked: Checked) -> Media:
    """Put the bytes into the storage, under a name of ours; the row is not saved yet.

    The storage may be far away, so call it outside transactions, and ``discard`` what comes to
    nothing.
    """
    media = Media(
        mime_type=checked.mime_type,
        filename=checked.name,
        sha256=checked.sha256,
        size=checked.size,
    )
    extension = mimetypes.guess_extension(checked.mime_type) or ""
    checked.file.seek(0)
    media.file.save(f"{uuid4().hex}{extension}", checked.file, save=False)
    return media


def discard(media: Media) -> None:
    """Forget bytes whose message was refused."""
    media.file.delete(save=False)


def await_upload(*, media: Media, number_id: int, due_at: datetime, now: datetime) -> None:
    """Save the row: with an id of Meta's if it has these bytes still, else to be uploaded.

    Not sooner than so that the id outlives the day on which its message is due.
    """
    media.number_id = number_id
    media.next_attempt_at = max(now, due_at - FRESH)
    known = _known(media, due_at=due_at)
    if known is not None:
        media.media_id, media.uploaded_at = known.media_id, known.uploaded_at
        media.state = MediaState.READY
    media.save()
    if known is None:
        queue.enqueue(queue.UPLOAD_MEDIA)


def _known(media: Media, *, due_at: datetime) -> Media | None:
    """The same bytes as Meta has them already, with an id that is fresh when it is needed."""
    same = Media.objects.filter(number_id=media.number_id, sha256=media.sha256).exclude(media_id="")
    fresh = same.filter(mime_type=media.mime_type, uploaded_at__gte=due_at - FRESH)
    return fresh.order_by("-uploaded_at").first()


def is_any_due(*, now: datetime) -> bool:
    """Tell whether ``upload_due`` would find a file."""
    return _due(now=now).exists()


def upload_due(*, now: datetime) -> int:
    """Upload the files that wait, each outside any transaction; return how many were handled."""
    handled = 0
    while (media := _claim(now=now)) is not None:
        handled += 1
        try:
            media_id, uploaded_at = _upload(media, now=now)
        except GatewayError as error:
            _note_failure(media, failure=error.failure, now=now)
        except Exception as error:  # a file that cannot be read must hold up no other
            logger.exception("upload broke", extra={"media": media.pk})
            title = f"The file could not be uploaded ({type(error).__name__})"
            failure = Failure(failure_class=FailureClass.NOT_SENT, code=None, title=title)
            _note_failure(media, failure=failure, now=now)
        else:
            _make_due(media, media_id=media_id, uploaded_at=uploaded_at)
    return handled


def upload_again(*, message: Message, now: datetime) -> bool:
    """Begin again with a message's file; tell if it has one.

    Meta may have refused the message for the old id, so no other message's file lends it either.
    """
    ours = Media.objects.filter(message=message).exclude(file="")
    old = ours.exclude(media_id="").first()
    if old is not None:
        same = Media.objects.filter(number=old.number_id, sha256=old.sha256, media_id=old.media_id)
        same.update(uploaded_at=None)
    again = ours.update(
        media_id="",
        uploaded_at=None,
        state=MediaState.PENDING,
        attempts=0,
        next_attempt_at=now,
        error="",
    )
    if again:
        queue.enqueue(queue.UPLOAD_MEDIA)
    return bool(again)


def call_off(*, message: Message) -> None:
    """Upload nothing for a message that was called back."""
    waiting = Media.objects.filter(message=message, state=MediaState.PENDING, media_id="")
    waiting.update(state=MediaState.FAILED, error="The message was called back.")


def _upload(media: Media, *, now: datetime) -> tuple[str, datetime]:
    """Return Meta's id and when it was given: now, or lately to another message's file."""
    message = media.message
    due_at = max(now, (message.send_at if message else None) or now)
    known = _known(media, due_at=due_at)
    if known is not None and known.uploaded_at is not None:
        return known.media_id, known.uploaded_at
    credentials = Credentials(
        phone_number_id=media.number.phone_number_id, token=media.number.token
    )
    with media.file.open("rb") as file:
        media_id = gateway().upload_media(
            file=file,
            size=media.size or 0,
            mime_type=media.mime_type,
            filename=media.filename,
            credentials=credentials,
        )
    return media_id, now


def _due(*, now: datetime) -> QuerySet[Media]:
    """The files to upload now, of messages that were neither given up nor called back."""
    files = Media.objects.filter(state=MediaState.PENDING, media_id="", next_attempt_at__lte=now)
    return files.filter(message__delivery_status=MessageStatus.PENDING.value)


@transaction.atomic
def _claim(*, now: datetime) -> Media | None:
    media = (
        _due(now=now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("number", "message")
        .order_by("next_attempt_at", "id")
        .first()
    )
    if media is not None:
        media.attempts += 1
        media.next_attempt_at = now + CLAIM
        media.save(update_fields=["attempts", "next_attempt_at"])
    return media


@transaction.atomic
def _make_due(media: Media, *, media_id: str, uploaded_at: datetime) -> None:
    """Write the id where the sender reads it, and let the message go at its time."""
    message = Message.objects.select_for_update().get(media=media)
    message.content = with_file(message.content or {}, media_id=media_id)
    message.save(update_fields=["content"])
    media.media_id, media.uploaded_at, media.state = media_id, uploaded_at, MediaState.READY
    media.save(update_fields=["media_id", "uploaded_at", "state"])
    waiting = OutboxItem.objects.filter(message=message, state=OutboxState.UPLOADING.value)
    waiting.update(state=OutboxState.PENDING.value)
    queue.enqueue(queue.SEND_DUE, number_id=media.number_id)


def _note_failure(media: Media, *, failure: Failure, now: datetime) -> None:
    """Try again later, or give the message up, by the rules of any send."""
    logger.warning("upload failed", extra={"media": media.pk, "reason": failure.reason})
    verdict = _verdict(media, failure=failure, now=now)
    media.error = failure.reason[:255]
    media.next_attempt_at = verdict.next_attempt_at or now + ACCOUNT_REST
    if verdict.action in (Action.WAIT, Action.HOLD):
        media.attempts -= 1  # Meta asked for patience, or a person has to mend the account
    with transaction.atomic():
        if verdict.action is Action.FAIL and media.message_id is not None:
            media.state = MediaState.FAILED
            unsent.fail_unsent(message_ids=[media.message_id], reason=verdict.reason, now=now)
            queue.enqueue(queue.SEND_DUE, number_id=media.number_id)  # for what waited behind it
        media.save(update_fields=["error", "next_attempt_at", "attempts", "state"])


def _verdict(media: Media, *, failure: Failure, now: datetime) -> Decision:
    conf = whatsapp_settings()
    if failure.failure_class is FailureClass.AMBIGUOUS:  # a second upload does no harm
        failure = replace(failure, failure_class=FailureClass.NOT_SENT)
    ends_at = media.message.expires_at if media.message else None
    return decide(
        failure,
        retries=media.attempts - 1,
        now=now,
        expires_at=ends_at or now + conf.message_lifetime,
        max_retries=conf.max_retries,
        jitter=random.random(),
    )
