"""Files are judged by their bytes, and kept under names of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from tests.factories import ConversationFactory
from tests.sending import PDF
from tests.services.sending.scenes import invoice
from whatsapp.domain.content import MediaKind
from whatsapp.errors import ConversationClosedError, ValidationError
from whatsapp.models import Media
from whatsapp.models.media import media_storage
from whatsapp.services import messages
from whatsapp.services.outgoing import uploads

pytestmark = pytest.mark.django_db


def stored_files() -> set[str]:
    root = Path(media_storage().path("whatsapp"))
    return {str(path) for path in root.rglob("*") if path.is_file()}


def test_refused_file_leaves_nothing_in_the_storage(outside):
    silent = ConversationFactory(last_inbound_at=None)
    before = stored_files()

    with pytest.raises(ConversationClosedError):
        invoice(conversation=silent)

    assert stored_files() == before
    assert not Media.objects.exists()


def test_file_is_kept_under_a_name_of_ours(outside):
    message = messages.send_media(
        kind=MediaKind.DOCUMENT,
        file=ContentFile(PDF, name="../../etc/factură nouă.pdf"),
        conversation_id=ConversationFactory().pk,
    )

    media = Media.objects.get()
    assert media.filename == message.content["filename"] == "factură nouă.pdf"
    assert re.fullmatch(r"whatsapp/\d{4}/\d\d/[0-9a-f]{32}\.pdf", media.file.name)


def test_picture_shows_no_name_of_its_file(outside):
    message = messages.send_media(
        kind=MediaKind.IMAGE,
        file=ContentFile(b"\x89PNG\r\n\x1a\n" + b"\0" * 64, name="poza.png"),
        conversation_id=ConversationFactory().pk,
    )

    assert message.content["filename"] == ""
    assert Media.objects.get().filename == "poza.png"


def opus(*, channels: int = 1) -> bytes:
    return b"OggS" + b"\0" * 24 + b"OpusHead\x01" + bytes([channels]) + b"\0" * 64


def test_voice_message_is_opus_in_mono(outside):
    conversation = ConversationFactory()

    voice = messages.send_media(
        kind=MediaKind.AUDIO,
        file=ContentFile(opus(), name="a.ogg"),
        voice=True,
        conversation_id=conversation.pk,
    )

    assert voice.content["voice"] is True


def test_other_sound_is_no_voice_message(outside):
    conversation = ConversationFactory()

    with pytest.raises(ValidationError) as refusal:
        messages.send_media(
            kind=MediaKind.AUDIO,
            file=ContentFile(b"ID3\x03" + b"\0" * 64, name="a.mp3"),
            voice=True,
            conversation_id=conversation.pk,
        )

    assert refusal.value.details["field"] == "voice"
    assert not Media.objects.exists()


@pytest.mark.parametrize(
    ("data", "taken"),
    [
        ("Factură, ăîșț\n".encode() * 10_000, True),
        (b"x" * 70_000 + "ș".encode()[:1], False),  # half a letter at the very end
        (b"x" * 70_000 + b"\0", False),
    ],
)
def test_text_is_read_to_its_end_before_it_is_called_one(outside, data, taken):
    def check() -> str:
        file = ContentFile(data, name="a.txt")
        return uploads.check_upload(kind=MediaKind.DOCUMENT, file=file).mime_type

    if taken:
        assert check() == "text/plain"
        return
    with pytest.raises(ValidationError):
        check()


def film(brand: bytes, *tracks: bytes, at_the_end: bool = False) -> bytes:
    """An ISO container: its brand, what is shown, and the table of its tracks."""

    def box(kind: bytes, data: bytes) -> bytes:
        return (8 + len(data)).to_bytes(4) + kind + data

    table = b"".join(box(b"hdlr", b"\0" * 8 + track + b"\0" * 12) for track in tracks)
    rest = [box(b"moov", table), box(b"mdat", b"\0" * 20_000)]
    return box(b"ftyp", brand + b"\0\0\2\0" + brand) + b"".join(
        reversed(rest) if at_the_end else rest
    )


def png(bits: int, colours: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + b"\0\0\0\1" * 2 + bytes([bits, colours]) + bytes(40)


def jpeg(bits: int, colours: int) -> bytes:
    """With a large preview before what tells the colours."""
    preview = b"\xff\xe1" + (20_000).to_bytes(2) + bytes(19_998)
    tables = b"\xff\xc4\0\4\0\0"
    return b"\xff\xd8" + preview + tables + b"\xff\xc0\0\x11" + bytes([bits, 0, 1, 0, 1, colours])


@pytest.mark.parametrize(
    ("kind", "data", "mime_type"),
    [
        *((MediaKind.VIDEO, film(b"3gp%d" % n, b"vide"), "video/3gpp") for n in (4, 5, 6)),
        *((MediaKind.VIDEO, film(b, b"vide"), "video/mp4") for b in (b"isom", b"mp42", b"avc1")),
        (MediaKind.AUDIO, film(b"M4A ", b"soun"), "audio/mp4"),
        (MediaKind.AUDIO, film(b"isom", b"soun"), "audio/mp4"),
        (MediaKind.AUDIO, film(b"mp42", b"soun", at_the_end=True), "audio/mp4"),
        (MediaKind.IMAGE, png(8, 2), "image/png"),
        (MediaKind.IMAGE, png(8, 6), "image/png"),
        (MediaKind.IMAGE, jpeg(8, 3), "image/jpeg"),
    ],
)
def test_file_is_known_by_its_own_headers(kind, data, mime_type):
    file = ContentFile(data, name="a")

    assert uploads.check_upload(kind=kind, file=file).mime_type == mime_type


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (MediaKind.VIDEO, film(b"qt  ", b"vide")),
        (MediaKind.VIDEO, film(b"3g2a", b"vide")),
        (MediaKind.VIDEO, film(b"M4A ", b"soun")),
        (MediaKind.AUDIO, film(b"3gp4", b"soun")),
        (MediaKind.AUDIO, film(b"isom", b"soun", b"vide")),
        (MediaKind.AUDIO, film(b"mp42", b"vide", at_the_end=True)),
        (MediaKind.IMAGE, png(16, 2)),
        (MediaKind.IMAGE, png(1, 3)),
        (MediaKind.IMAGE, png(8, 0)),
        (MediaKind.IMAGE, jpeg(8, 4)),
        (MediaKind.IMAGE, jpeg(12, 3)),
    ],
)
def test_file_whose_headers_meta_would_refuse_is_refused(kind, data):
    with pytest.raises(ValidationError) as caught:
        uploads.check_upload(kind=kind, file=ContentFile(data, name="a"))

    assert caught.value.details["field"] == "file"
