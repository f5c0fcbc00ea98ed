"""Which files Meta takes, by kind: types and sizes (Cloud API media page, September 2026)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from whatsapp.domain.content import MediaKind
from whatsapp.domain.file_headers import Peek, is_plain_picture
from whatsapp.errors import MediaTooLargeError, ValidationError

KB = 1024
MB = 1024 * KB
_OOXML = "application/vnd.openxmlformats-officedocument."
_OGG = "audio/ogg"
_STILL_STICKER = 100 * KB


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaRule:
    """What one kind may be; ``limit`` in bytes."""

    types: frozenset[str]
    limit: int


RULES: Mapping[MediaKind, MediaRule] = MappingProxyType(
    {
        MediaKind.AUDIO: MediaRule(
            types=frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", _OGG}),
            limit=16 * MB,
        ),
        MediaKind.DOCUMENT: MediaRule(
            types=frozenset(
                {
                    "text/plain",
                    "application/pdf",
                    "application/msword",
                    "application/vnd.ms-excel",
                    "application/vnd.ms-powerpoint",
                    f"{_OOXML}wordprocessingml.document",
                    f"{_OOXML}spreadsheetml.sheet",
                    f"{_OOXML}presentationml.presentation",
                }
            ),
            limit=100 * MB,
        ),
        MediaKind.IMAGE: MediaRule(types=frozenset({"image/jpeg", "image/png"}), limit=5 * MB),
        MediaKind.STICKER: MediaRule(types=frozenset({"image/webp"}), limit=500 * KB),
        MediaKind.VIDEO: MediaRule(types=frozenset({"video/mp4", "video/3gpp"}), limit=16 * MB),
    }
)


def check_size(*, kind: MediaKind, size: int) -> None:
    """Refuse what is too large for its kind (MediaTooLargeError), or empty; ``size`` in bytes."""
    _check_limit(kind=kind, size=size, limit=RULES[kind].limit)
    if size == 0:
        raise ValidationError("The file is empty.", details={"field": "file"})


def check_file(*, kind: MediaKind, mime_type: str, size: int, head: bytes) -> None:
    """Refuse what Meta would refuse; ``mime_type`` is the real one, ``head`` the first bytes.

    Raises MediaTooLargeError, or ValidationError naming the types that are taken.
    """
    check_size(kind=kind, size=size)
    rule = RULES[kind]
    if mime_type.partition(";")[0] not in rule.types:
        raise ValidationError(
            f"WhatsApp takes no {mime_type or 'file of unknown type'} as {kind.value}.",
            details={"field": "file", "allowed": sorted(rule.types)},
        )
    if mime_type == _OGG and not is_voice(head):
        raise ValidationError(
            "WhatsApp takes OGG with OPUS sound in mono only.", details={"field": "file"}
        )
    if kind is MediaKind.STICKER and not _moves(head):
        _check_limit(kind=kind, size=size, limit=_STILL_STICKER)


def check_picture(peek: Peek) -> None:
    """Refuse a picture that is not in 8-bit RGB or RGBA: Meta takes it, and then fails (131053)."""
    if not is_plain_picture(peek):
        raise ValidationError(
            "WhatsApp takes pictures in 8-bit RGB or RGBA only; save it as one.",
            details={"field": "file"},
        )


def is_voice(head: bytes) -> bool:
    """Tell whether a file can be a voice message: OGG, in its first page OPUS with one channel."""
    mark = head.find(b"OpusHead", 0, 512)
    return head.startswith(b"OggS") and mark > 0 and head[mark + 9 : mark + 10] == b"\x01"


def _moves(head: bytes) -> bool:
    """Whether a WebP is animated: the flag of its extended header."""
    return head[12:16] == b"VP8X" and bool(head[20:21] and head[20] & 0x02)


def _check_limit(*, kind: MediaKind, size: int, limit: int) -> None:
    if size > limit:
        raise MediaTooLargeError(
            f"The {kind.value} has {size} bytes; WhatsApp takes {limit}.",
            details={"field": "file", "size": size, "limit": limit},
        )


def plain_name(name: str) -> str:
    """A customer's name for a file as it may be shown: one line, nothing that hides its ending."""
    return "".join(filter(str.isprintable, name)).strip()[:255]
