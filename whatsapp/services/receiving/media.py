"""Files that customers send: fetched from Meta, checked, and kept where no URL shows them."""

from __future__ import annotations

import base64
import logging
import re
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from uuid import uuid4

import filetype
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as noop

from whatsapp import queue
from whatsapp.domain.media_rules import plain_name
from whatsapp.domain.retry import FailureClass
from whatsapp.domain.updates import InboundMedia
from whatsapp.errors import MediaTooLargeError, NotFoundError, WhatsAppError
from whatsapp.models import Media, Message
from whatsapp.models.change import ChangeKind
from whatsapp.models.media import MediaState
from whatsapp.models.message import MessageType
from whatsapp.ports import Credentials, GatewayError
from whatsapp.services.shared import change_log, visibility
from whatsapp.wiring import gateway

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
FIRST_DELAY, GROWTH = timedelta(seconds=30), 5  # 30 s to 5 h: Meta keeps a file for 7 days
LEASE = timedelta(minutes=10)  # nobody else tries while one download runs; it has 8
AT_ONCE = 4  # an album of ten is here in three round trips
IN_MEMORY = 1024 * 1024  # bytes of a file; what is larger waits on the disk
_HEAD = 8192  # bytes that tell a file's type
_NO_SUCH_OBJECT = 100

GONE = noop("Meta no longer has this file: it keeps what customers send for 7 days.")
TOO_LARGE = noop("The file is larger than is taken in here.")
DAMAGED = noop("The file came damaged: its checksum differs from Meta's.")

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A file in our storage, and what its bytes really are."""

    name: str
    mime_type: str
    sha256: str
    size: int


def expect(*, files: Iterable[tuple[Message, int, InboundMedia]]) -> None:
    """Note that messages brought files, to a number's id; they are fetched after commit."""
    rows = [
        Media(
            message=message,
            number_id=number_id,
            media_id=file.media_id[:128],
            mime_type=file.mime_type[:127],
            filename=plain_name(file.filename),
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
    """Fetch the files that are due, a few at once; return how many were tried.

    The threads need no database: rows are claimed and written here. A claim's lease begins when
    its download does, however long the others took.
    """
    began, tried = time.monotonic(), 0
    running: dict[Future[Kept], Media] = {}
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="media") as pool:
        try:
            while True:
                moment = now + timedelta(seconds=time.monotonic() - began)
                while len(running) < AT_ONCE and (media := _claim(now=moment)) is not None:
                    running[pool.submit(_bring, media, credentials=_credentials(media))] = media
                    tried += 1
                if not running:
                    return tried
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    _settle(running.pop(future), future, now=moment)
        finally:  # the database went away: what still comes has no row to be written to
            for future, media in running.items():
                if future.exception() is None:
                    _discard(media, future.result().name)


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


def _credentials(media: Media) -> Credentials:
    number = media.number
    return Credentials(
        phone_number_id=number.phone_number_id, waba_id=number.account_id, token=number.token
    )


def _bring(media: Media, *, credentials: Credentials) -> Kept:
    """Download, check and store one file; what fails on the way leaves nothing behind."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        download = gateway().download_media(media.media_id, into=file, credentials=credentials)
        if media.sha256 and media.sha256 != download.sha256:
            raise WhatsAppError(DAMAGED)
        file.seek(0)
        mime_type, extension = _real_type(media, file.read(_HEAD), told=download.mime_type)
        file.seek(0)
        return Kept(
            name=_store(media, file, extension=extension),
            mime_type=mime_type[:127],
            sha256=download.sha256,
            size=download.size,
        )


def _store(media: Media, file: IO[bytes], *, extension: str) -> str:
    """Put the bytes into the storage, under a name of ours: the customer's is only shown."""
    name = media.file.field.generate_filename(media, f"{uuid4().hex}{extension}")
    try:
        return media.file.storage.save(name, File(file))
    except BaseException:
        _discard(media, name)
        raise


def _discard(media: Media, name: str) -> None:
    """Delete what was stored for nothing; trouble with that is not the trouble to show."""
    with suppress(Exception):
        media.file.storage.delete(name)


def _real_type(media: Media, head: bytes, *, told: str) -> tuple[str, str]:
    """Return MIME type and extension as the bytes show them; _Refused if they deny the kind."""
    found = filetype.guess(head)
    allowed = _FAMILIES.get(media.message.message_type if media.message else "")
    if allowed is not None and not (found and found.mime.startswith(allowed)):
        shown = found.mime if found else "of unknown type"
        raise _Refused(f"The file is {shown}, not what it was sent as.")
    if found is None:
        return media.mime_type or told, ""
    return found.mime, f".{found.extension}"


def _settle(media: Media, future: Future[Kept], *, now: datetime) -> None:
    """Write what became of a claim, unless somebody else has taken it up since."""
    error = future.exception()
    if error is not None:
        _note_failure(media, error, now=now)
        return
    kept = future.result()
    try:
        is_ours = _write(
            media,
            file=kept.name,
            mime_type=kept.mime_type,
            sha256=kept.sha256,
            size=kept.size,
            state=MediaState.READY,
            error="",
        )
    except BaseException:
        _discard(media, kept.name)
        raise
    if not is_ours:
        _discard(media, kept.name)


@transaction.atomic
def _write(media: Media, **fields: object) -> bool:
    """Change the row while the claim is still the last one."""
    claimed = Media.objects.filter(pk=media.pk, state=MediaState.PENDING, attempts=media.attempts)
    if claimed.update(**fields) == 0:
        return False
    if fields["state"] != MediaState.PENDING and media.message_id is not None:
        change_log.note(kind=ChangeKind.MESSAGE_CHANGED, ids=[media.message_id])
    return True


def _note_failure(media: Media, error: BaseException, *, now: datetime) -> None:
    """Try again later, or give up with the reason when that can bring nothing."""
    logger.warning(
        "media not fetched",
        extra={"media": media.pk, "attempts": media.attempts, "error": type(error).__name__},
    )
    given_up = _is_final(error) or media.attempts >= MAX_ATTEMPTS
    _write(
        media,
        error=_in_words(error)[:255],
        next_attempt_at=now + FIRST_DELAY * GROWTH ** (media.attempts - 1),
        state=MediaState.FAILED if given_up else MediaState.PENDING,
    )


def _in_words(error: BaseException) -> str:
    if isinstance(error, GatewayError) and error.failure.code == _NO_SUCH_OBJECT:
        return GONE
    if isinstance(error, MediaTooLargeError):
        return TOO_LARGE
    known = isinstance(error, WhatsAppError | _Refused)
    return str(error) if known else f"{type(error).__name__}: {error}"


def _is_final(error: BaseException) -> bool:
    if isinstance(error, GatewayError):
        failure = error.failure
        is_gone = failure.code == _NO_SUCH_OBJECT
        return is_gone or failure.failure_class is FailureClass.FATAL_MESSAGE
    return isinstance(error, _Refused | MediaTooLargeError)


@transaction.atomic
def retry(*, media_id: int, by_id: int | None = None) -> Media:
    """Fetch a file again that was given up; one that waits or is here already stays as it is.

    Raises NotFoundError, also for one of a conversation that ``by_id`` may not see.
    """
    media = Media.objects.select_for_update().filter(pk=media_id).exclude(media_id="").first()
    if media is None or not visibility.may_see(
        conversation=media.message.conversation if media.message else None, user_id=by_id
    ):
        raise NotFoundError(f"There is no received file {media_id}.", details={"id": media_id})
    if media.state == MediaState.FAILED:
        media.state, media.attempts, media.next_attempt_at = MediaState.PENDING, 0, timezone.now()
        media.save(update_fields=["state", "attempts", "next_attempt_at"])
        queue.enqueue(queue.FETCH_MEDIA)
    return media
