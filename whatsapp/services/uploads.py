"""Files on their way out: checked, kept, and given an id by Meta before their message is due."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta

import filetype
from django.core.files.base import ContentFile
from django.db import transaction

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.content import MediaKind
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.media_rules import check_file
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.models import Media, Message, OutboxItem
from whatsapp.models.media import MediaState
from whatsapp.models.outbox import OutboxState
from whatsapp.ports import Credentials, GatewayError
from whatsapp.services import outcomes
from whatsapp.wiring import gateway

logger = logging.getLogger(__name__)

FIRST_DELAY = timedelta(seconds=15)
CLAIM = timedelta(minutes=5)  # nobody else tries while one upload runs
PERMANENT = frozenset({FailureClass.FATAL_MESSAGE, FailureClass.TEMPLATE_PROBLEM})
_TEXT = "text/plain"
# what the library says of what Meta names otherwise
_SAME = {"video/3gpp": "video/3gpp", "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4"}


def check_upload(*, kind: MediaKind, data: bytes, filename: str) -> str:
    """Return the real MIME type of a file after checking it; raises as ``check_file``."""
    guessed = filetype.guess_mime(data)
    if guessed is None and kind is MediaKind.DOCUMENT and _is_text(data):
        guessed = _TEXT
    mime_type = _SAME.get(guessed or "", guessed or "")
    check_file(kind=kind, mime_type=mime_type, size=len(data))
    return mime_type


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


def keep_upload(*, number_id: int, data: bytes, mime_type: str, filename: str) -> Media:
    """Keep the bytes; the row waits for its upload."""
    media = Media(
        number_id=number_id,
        mime_type=mime_type,
        filename=filename[:255],
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
    )
    media.file.save(filename or media.sha256, ContentFile(data), save=False)
    media.save()
    return media


def upload_due(*, now: datetime) -> int:
    """Upload the files that wait, each outside any transaction; return how many were handled."""
    handled = 0
    while (media := _claim(now=now)) is not None:
        handled += 1
        try:
            media_id = _upload(media)
        except GatewayError as error:
            _note_failure(media, failure=error.failure, now=now)
        except Exception as error:  # a file that cannot be read must hold up no other
            logger.exception("upload broke", extra={"media": media.pk})
            title = f"The file could not be uploaded ({type(error).__name__})"
            failure = Failure(failure_class=FailureClass.NOT_SENT, code=None, title=title)
            _note_failure(media, failure=failure, now=now)
        else:
            _make_due(media, media_id=media_id, now=now)
    return handled


def upload_again(*, message: Message, now: datetime) -> bool:
    """Begin again with a file that never got its id; tell whether its message has to wait."""
    waiting = Media.objects.filter(message=message, media_id="")
    again = waiting.update(state=MediaState.PENDING, attempts=0, next_attempt_at=now, error="")
    if again:
        queue.enqueue(queue.UPLOAD_MEDIA)
    return bool(again)


def _upload(media: Media) -> str:
    credentials = Credentials(
        phone_number_id=media.number.phone_number_id, token=media.number.token
    )
    with media.file.open("rb") as file:
        return gateway().upload_media(
            data=file.read(),
            mime_type=media.mime_type,
            filename=media.filename,
            credentials=credentials,
        )


@transaction.atomic
def _claim(*, now: datetime) -> Media | None:
    media = (
        Media.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("number")
        .filter(state=MediaState.PENDING, media_id="", next_attempt_at__lte=now)
        .filter(message__delivery_status=MessageStatus.PENDING.value)  # not failed, not cancelled
        .order_by("next_attempt_at", "id")
        .first()
    )
    if media is not None:
        media.attempts += 1
        media.next_attempt_at = now + CLAIM
        media.save(update_fields=["attempts", "next_attempt_at"])
    return media


@transaction.atomic
def _make_due(media: Media, *, media_id: str, now: datetime) -> None:
    """Write the id where the sender reads it, and let the message go."""
    message = Message.objects.select_for_update().get(media=media)
    message.content = {**(message.content or {}), "media_id": media_id, "upload": 0}
    message.save(update_fields=["content"])
    media.media_id, media.state = media_id, MediaState.READY
    media.save(update_fields=["media_id", "state"])
    lifetime = whatsapp_settings().message_lifetime
    send_at = now if message.expires_at is None else message.expires_at - lifetime
    waiting = OutboxItem.objects.filter(message=message, state=OutboxState.PENDING.value)
    waiting.update(next_attempt_at=max(now, send_at))
    queue.enqueue(queue.SEND_DUE, number_id=media.number_id)


def _note_failure(media: Media, *, failure: Failure, now: datetime) -> None:
    """Try again later, or give the message up with Meta's reason."""
    logger.warning("upload failed", extra={"media": media.pk, "reason": failure.reason})
    media.error = failure.reason[:255]
    media.next_attempt_at = now + FIRST_DELAY * 2 ** min(media.attempts, 8)
    with transaction.atomic():
        if failure.failure_class in PERMANENT and media.message_id is not None:
            media.state = MediaState.FAILED
            outcomes.fail_unsent(message_ids=[media.message_id], reason=failure.reason, now=now)
        media.save(update_fields=["error", "next_attempt_at", "state"])
