"""Files that customers send: fetched from Meta, checked, and kept where no URL shows them."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import uuid4

import filetype
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from whatsapp import queue
from whatsapp.domain.retry import FailureClass
from whatsapp.domain.updates import InboundMedia
from whatsapp.errors import MediaTooLargeError, NotFoundError, WhatsAppError
from whatsapp.models import Media, Message
from whatsapp.models.media import MediaState
from whatsapp.models.message import MessageType
from whatsapp.ports import Credentials, Download, GatewayError
from whatsapp.wiring import gateway

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
FIRST_DELAY, GROWTH = timedelta(seconds=30), 5  # 30 s to 5 h: Meta keeps a file for 7 days
LEASE = timedelta(minutes=10)  # nobody else tries while one download runs

# What the bytes of a kind may really be. A document may be anything, and is only ever downloaded.
_FAMILIES = {
    MessageType.IMAGE.value: ("image/",),
    MessageType.STICKER.value: ("image/",),
    MessageType.VIDEO.value: ("video/",),
    MessageType.AUDIO.value: ("audio/", "video/mp4", "video/3gpp"),  # the same containers
}
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")


class _Refused(Exception):
    """The file came, and is not what it was said to be."""


def expect(*, files: Iterable[tuple[Message, int, InboundMedia]]) -> None:
    """Note that messages brought files, to a number's id; they are fetched after commit."""
    rows = [
        Media(
            message=message,
            number_id=number_id,
            media_id=file.media_id[:128],
            mime_type=file.mime_type[:127],
            filename=file.filename[:255],
            sha256=_hex_digest(file.sha256),
        )
        for message, number_id, file in files
    ]
    if rows:
        Media.objects.bulk_create(rows)
        queue.enqueue(queue.FETCH_MEDIA)


def _hex_digest(given: str) -> str:
    """Return Meta's digest, written in base64, as hex; '' if it is none."""
    if _HEX_DIGEST.fullmatch(given.lower()):
        return given.lower()
    try:
        found = base64.b64decode(given, validate=True).hex()
    except ValueError:
        return ""
    return found if _HEX_DIGEST.fullmatch(found) else ""


def fetch_due(*, now: datetime) -> int:
    """Fetch the files that are due, each outside any transaction; return how many were tried."""
    tried = 0
    while (media := _claim(now=now)) is not None:
        tried += 1
        try:
            _fetch(media)
        except Exception as error:  # a full disk too: it is shown, and holds up no other file
            _note_failure(media, error, now=now)
    return tried


@transaction.atomic
def _claim(*, now: datetime) -> Media | None:
    due = Media.objects.filter(state=MediaState.PENDING, next_attempt_at__lte=now)
    media = (
        due.exclude(media_id="")  # those go the other way
        .select_related("number", "message")
        .order_by("next_attempt_at", "id")
        .select_for_update(skip_locked=True, of=("self",))
        .first()
    )
    if media is not None:
        media.attempts += 1
        media.next_attempt_at = now + LEASE
        media.save(update_fields=["attempts", "next_attempt_at"])
    return media


def _fetch(media: Media) -> None:
    """Download, check and keep one file; raises WhatsAppError or _Refused."""
    number = media.number
    credentials = Credentials(
        phone_number_id=number.phone_number_id, waba_id=number.account_id, token=number.token
    )
    download = gateway().download_media(media.media_id, credentials=credentials)
    digest = hashlib.sha256(download.data).hexdigest()
    if media.sha256 and media.sha256 != digest:
        raise WhatsAppError("The file came damaged: its checksum differs from Meta's.")
    real = _real_type(media, download)
    # The customer's file name is shown, never used: the storage gets a name of ours
    media.file.save(f"{uuid4().hex}{real[1]}", ContentFile(download.data), save=False)
    media.mime_type, media.sha256, media.size = real[0][:127], digest, len(download.data)
    media.state, media.error = MediaState.READY, ""
    media.save(update_fields=["file", "mime_type", "sha256", "size", "state", "error"])


def _real_type(media: Media, download: Download) -> tuple[str, str]:
    """Return MIME type and extension as the bytes show them; _Refused if they deny the kind."""
    found = filetype.guess(download.data)
    allowed = _FAMILIES.get(media.message.message_type if media.message else "")
    if allowed is not None and not (found and found.mime.startswith(allowed)):
        shown = found.mime if found else "of unknown type"
        raise _Refused(f"The file is {shown}, not what it was sent as.")
    if found is None:
        return media.mime_type or download.mime_type, ""
    return found.mime, f".{found.extension}"


def _note_failure(media: Media, error: Exception, *, now: datetime) -> None:
    """Try again later, or give up with the reason when that can bring nothing."""
    logger.warning(
        "media not fetched",
        extra={"media": media.pk, "attempts": media.attempts, "error": type(error).__name__},
    )
    known = isinstance(error, WhatsAppError | _Refused)
    media.error = (str(error) if known else f"{type(error).__name__}: {error}")[:255]
    media.next_attempt_at = now + FIRST_DELAY * GROWTH ** (media.attempts - 1)
    if _is_final(error) or media.attempts >= MAX_ATTEMPTS:
        media.state = MediaState.FAILED
    media.save(update_fields=["error", "next_attempt_at", "state"])


def _is_final(error: Exception) -> bool:
    if isinstance(error, GatewayError):
        return error.failure.failure_class is FailureClass.FATAL_MESSAGE
    return isinstance(error, _Refused | MediaTooLargeError)


@transaction.atomic
def retry(*, media_id: int) -> Media:
    """Fetch a file again that was given up; one that waits or is here already stays as it is.

    Raises NotFoundError.
    """
    media = Media.objects.select_for_update().filter(pk=media_id).exclude(media_id="").first()
    if media is None:
        raise NotFoundError(f"There is no received file {media_id}.", details={"id": media_id})
    if media.state == MediaState.FAILED:
        media.state, media.attempts, media.next_attempt_at = MediaState.PENDING, 0, timezone.now()
        media.save(update_fields=["state", "attempts", "next_attempt_at"])
        queue.enqueue(queue.FETCH_MEDIA)
    return media
