"""A customer's file as a browser may get it: named by its bytes, never as a page.

Both doors, the agents' and the API's, give what is prepared here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO

from django.http import FileResponse

from whatsapp.domain.media_rules import plain_name
from whatsapp.errors import NotFoundError
from whatsapp.models import Media, Message
from whatsapp.services.shared import visibility

# the types that a browser may show inside a page of ours, by the tag that shows them
_SHOWN = {
    "image": ("image/jpeg", "image/png", "image/webp", "image/gif"),
    "video": ("video/mp4", "video/3gpp"),
    "audio": ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"),
}
# What a browser may be told a file is; anything else is plain bytes, whatever the customer said
_SAFE = frozenset(mime for types in _SHOWN.values() for mime in types) | {"application/pdf"}
_BYTES = "application/octet-stream"
_RANGE = re.compile(r"bytes=(?P<first>\d{0,12})-(?P<last>\d{0,12})")

# With these, what is opened by its address runs nothing, loads nothing and is no page
_HEADERS: Mapping[str, str] = {
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=3600",
}


def tag_of(*, mime_type: str) -> str:
    """Say which tag may show a file of this type: image, video, audio; '' for none."""
    return next((tag for tag, types in _SHOWN.items() if mime_type in types), "")


def answer(
    media: Media, *, user: visibility.User, wanted: str = "", deleted_too: bool = False
) -> FileResponse:
    """Give a file to who may read its conversation, under the customer's name for it.

    ``wanted`` is the header ``Range``: players ask for a part to jump to; a strange one is ignored.
    NotFoundError while the file is not here, and when its author deleted the message, unless
    ``deleted_too``.
    """
    is_standing = deleted_too or Message.objects.standing().filter(media=media).exists()
    if not (media.file and is_standing):
        raise NotFoundError(f"The file {media.pk} is not here.", details={"id": media.pk})
    size = media.file.size  # asked once: a storage may open the file for it
    span = _span(wanted, size=size)
    name = plain_name(media.filename) or (media.file.name or "").rpartition("/")[2]
    file = media.file.open("rb")
    response = FileResponse(
        file if span is None else _Part(file, span),
        status=200 if span is None else 206,
        as_attachment=True,
        filename=visibility.without_phones(name, user=user),
        content_type=media.mime_type if media.mime_type in _SAFE else _BYTES,
        headers=_HEADERS,
    )
    if span is not None:
        response["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
        response["Content-Length"] = str(len(span))
    return response


def _span(wanted: str, *, size: int) -> range | None:
    """Read ``bytes=100-199``, ``bytes=100-`` and ``bytes=-50``; None for the whole file."""
    asked = _RANGE.fullmatch(wanted)
    if asked is None:
        return None
    first, last = asked["first"], asked["last"]
    if first:
        span = range(int(first), min(int(last or size) + 1, size))
    else:
        span = range(max(size - int(last or 0), 0), size)
    return span if len(span) > 0 else None


class _Part:
    """A part of an open file, to be read once."""

    def __init__(self, file: IO[bytes], span: range) -> None:
        file.seek(span.start)
        self._file, self._left = file, len(span)

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()
