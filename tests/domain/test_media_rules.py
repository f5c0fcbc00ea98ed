"""Which files Meta takes, judged by their first bytes and their size."""

from __future__ import annotations

import pytest

from whatsapp.domain.content import MediaKind
from whatsapp.domain.media_rules import KB, MB, check_file, is_voice
from whatsapp.errors import MediaTooLargeError, ValidationError

PDF = b"%PDF-1.7\n"


def opus(*, channels=1):
    return b"OggS" + b"\0" * 24 + b"OpusHead\x01" + bytes([channels]) + b"\0" * 20


def webp(*, moves):
    return b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + bytes([0x02 if moves else 0x10]) + b"\0" * 20


@pytest.mark.parametrize(
    ("kind", "mime_type", "size", "head"),
    [
        (MediaKind.DOCUMENT, "application/pdf", 100 * MB, PDF),
        (MediaKind.IMAGE, "image/jpeg", 5 * MB, b""),
        (MediaKind.VIDEO, "video/mp4", 16 * MB, b""),
        (MediaKind.AUDIO, "audio/ogg", 16 * MB, opus()),
        (MediaKind.STICKER, "image/webp", 100 * KB, webp(moves=False)),
        (MediaKind.STICKER, "image/webp", 500 * KB, webp(moves=True)),
    ],
)
def test_file_within_its_limit_is_taken(kind, mime_type, size, head):
    check_file(kind=kind, mime_type=mime_type, size=size, head=head)


@pytest.mark.parametrize(
    ("kind", "mime_type", "size", "head", "limit"),
    [
        (MediaKind.DOCUMENT, "application/pdf", 100 * MB + 1, PDF, 100 * MB),
        (MediaKind.STICKER, "image/webp", 100 * KB + 1, webp(moves=False), 100 * KB),
        (MediaKind.STICKER, "image/webp", 500 * KB + 1, webp(moves=True), 500 * KB),
    ],
)
def test_file_beyond_its_limit_is_too_large(kind, mime_type, size, head, limit):
    with pytest.raises(MediaTooLargeError) as caught:
        check_file(kind=kind, mime_type=mime_type, size=size, head=head)

    assert caught.value.details == {"field": "file", "size": size, "limit": limit}


@pytest.mark.parametrize(
    ("kind", "mime_type", "size", "head"),
    [
        (MediaKind.IMAGE, "image/gif", 10, b"GIF89a"),
        (MediaKind.DOCUMENT, "", 10, b"MZ"),
        (MediaKind.DOCUMENT, "application/pdf", 0, b""),
        (MediaKind.AUDIO, "audio/ogg", 10, opus(channels=2)),
        (MediaKind.AUDIO, "audio/ogg", 10, b"OggS" + b"\0" * 24 + b"\x01vorbis"),
    ],
)
def test_file_of_another_nature_is_refused(kind, mime_type, size, head):
    with pytest.raises(ValidationError) as caught:
        check_file(kind=kind, mime_type=mime_type, size=size, head=head)

    assert caught.value.details["field"] == "file"


def test_voice_is_opus_in_mono():
    assert is_voice(opus())
    assert not is_voice(opus(channels=2))
    assert not is_voice(b"ID3" + opus())
