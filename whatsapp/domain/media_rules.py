"""Which files Meta takes, by kind: types and sizes (Cloud API media page, September 2026)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from whatsapp.domain.content import MediaKind
from whatsapp.errors import MediaTooLargeError, ValidationError

MB = 1024 * 1024
_OOXML = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaRule:
    """What one kind may be; ``limit`` in bytes."""

    types: frozenset[str]
    limit: int


RULES: Mapping[MediaKind, MediaRule] = MappingProxyType(
    {
        MediaKind.AUDIO: MediaRule(
            types=frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
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
        MediaKind.STICKER: MediaRule(types=frozenset({"image/webp"}), limit=500 * 1024),
        MediaKind.VIDEO: MediaRule(types=frozenset({"video/mp4", "video/3gpp"}), limit=16 * MB),
    }
)


def check_file(*, kind: MediaKind, mime_type: str, size: int) -> None:
    """Refuse what Meta would refuse; ``mime_type`` is the real one, ``size`` in bytes.

    Raises MediaTooLargeError, or ValidationError naming the types that are taken.
    """
    rule = RULES[kind]
    if size > rule.limit:
        raise MediaTooLargeError(
            f"The {kind.value} has {size} bytes; WhatsApp takes {rule.limit}.",
            details={"size": size, "limit": rule.limit},
        )
    if size == 0:
        raise ValidationError("The file is empty.", details={"field": "file"})
    if mime_type.partition(";")[0] not in rule.types:
        raise ValidationError(
            f"WhatsApp takes no {mime_type or 'file of unknown type'} as {kind.value}.",
            details={"field": "file", "allowed": sorted(rule.types)},
        )
