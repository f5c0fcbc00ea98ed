"""Files on their way out: the message waits for its upload, and says why if it fails."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from tests.factories import BusinessNumberFactory, ConversationFactory
from whatsapp.domain.content import MediaKind
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.errors import ConversationClosedError, ValidationError
from whatsapp.models import Conversation, Media, Message, OutboxItem
from whatsapp.models.media import media_storage
from whatsapp.services import delivery, messages, settlement, unsent, uploads

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n" + b"0" * 100


def invoice(*, conversation: Conversation | None = None, **more: object) -> Message:
    return messages.send_media(
        kind=MediaKind.DOCUMENT,
        file=ContentFile(PDF, name="factura.pdf"),
        conversation_id=(conversation or ConversationFactory()).pk,
        **more,
    )


def stored_files() -> set[str]:
    root = Path(media_storage().path("whatsapp"))
    return {str(path) for path in root.rglob("*") if path.is_file()}


def failure(kind: FailureClass) -> Failure:
    return Failure(failure_class=kind, code=None, title=kind.value)


def test_message_leaves_with_the_id_of_its_upload(outside):
    message = invoice()

    assert uploads.upload_due(now=timezone.now()) == 1
    delivery.send_due(number_id=message.number_id)

    media = Media.objects.get()
    [outgoing] = outside.meta.sent
    assert (media.state, outgoing.content.media_id) == ("READY", media.media_id)
    assert outside.meta.files[media.media_id] == PDF


def test_nothing_leaves_before_the_upload(outside):
    message = invoice()

    delivery.send_due(number_id=message.number_id)

    assert outside.meta.sent == []
    assert OutboxItem.objects.get().state == "UPLOADING"


def test_upload_that_failed_is_tried_again_later(outside):
    invoice()
    outside.meta.fail_next(failure(FailureClass.NOT_SENT), call="upload_media")

    uploads.upload_due(now=timezone.now())

    media = Media.objects.get()
    assert (media.state, media.attempts) == ("PENDING", 1)
    assert media.next_attempt_at > timezone.now()
    assert Message.objects.get().delivery_status == "PENDING"


def test_file_that_meta_refuses_fails_its_message_with_the_reason(outside):
    message = invoice()
    outside.meta.fail_next(failure(FailureClass.FATAL_MESSAGE), call="upload_media")

    uploads.upload_due(now=timezone.now())

    message.refresh_from_db()
    assert (message.delivery_status, message.error_text) == ("FAILED", "FATAL_MESSAGE")
    assert OutboxItem.objects.get().state == "FAILED"


def test_scheduled_file_is_uploaded_now_and_sent_then(outside):
    later = timezone.now() + timedelta(hours=3)
    invoice(send_at=later)

    uploads.upload_due(now=timezone.now())

    due = OutboxItem.objects.get().next_attempt_at
    assert abs((due - later).total_seconds()) < 1


def test_message_sent_again_by_hand_waits_for_its_upload_again(outside):
    message = invoice()
    outside.meta.fail_next(failure(FailureClass.FATAL_MESSAGE), call="upload_media")
    uploads.upload_due(now=timezone.now())

    messages.retry(message_id=message.pk)
    delivery.send_due(number_id=message.number_id)
    sent_before = list(outside.meta.sent)
    uploads.upload_due(now=timezone.now())
    delivery.send_due(number_id=message.number_id)

    assert sent_before == []
    [outgoing] = outside.meta.sent
    assert outgoing.content.media_id == Media.objects.get().media_id


def test_file_of_a_cancelled_message_is_not_uploaded(outside):
    message = invoice()
    messages.cancel(message_id=message.pk)

    assert uploads.upload_due(now=timezone.now()) == 0


def test_file_that_cannot_be_read_holds_up_no_other(outside):
    lost, whole = invoice(), invoice()
    Media.objects.filter(message=lost).update(file="nowhere/lost.pdf")

    assert uploads.upload_due(now=timezone.now()) == 2

    assert Media.objects.get(message=whole).state == "READY"
    broken = Media.objects.get(message=lost)
    assert (broken.state, "FileNotFoundError" in broken.error) == ("PENDING", True)


def test_waiting_file_does_not_hide_when_its_message_is_due(outside):
    later = timezone.now() + timedelta(hours=3)

    invoice()
    invoice(send_at=later)

    now_due, then_due = OutboxItem.objects.order_by("id")
    assert [row.state for row in (now_due, then_due)] == ["UPLOADING", "UPLOADING"]
    assert now_due.next_attempt_at <= timezone.now()
    assert then_due.next_attempt_at == later


def test_same_bytes_are_not_uploaded_twice_and_leave_at_once(outside):
    invoice()
    uploads.upload_due(now=timezone.now())
    [media_id] = outside.meta.files

    again = invoice()

    assert OutboxItem.objects.get(message=again).state == "PENDING"
    assert again.content["media_id"] == media_id
    first, second = Media.objects.order_by("id")
    assert (second.state, second.uploaded_at) == ("READY", first.uploaded_at)
    assert second.file.name != first.file.name  # each message keeps its own


def test_same_bytes_queued_together_are_uploaded_once(outside):
    invoice()
    invoice()

    assert uploads.upload_due(now=timezone.now()) == 2

    assert len(outside.meta.files) == 1
    assert {item.state for item in OutboxItem.objects.all()} == {"PENDING"}


@pytest.mark.parametrize(
    "other",
    [
        {"uploaded_at": timezone.now() - timedelta(days=30)},
        {"sha256": "0" * 64},
        {"mime_type": "text/plain"},
        {"uploaded_at": None},
    ],
)
def test_upload_that_is_old_or_of_other_bytes_is_not_reused(outside, other):
    invoice()
    uploads.upload_due(now=timezone.now())
    Media.objects.update(**other)

    again = invoice()

    assert OutboxItem.objects.get(message=again).state == "UPLOADING"


def test_upload_of_another_number_is_not_reused(outside):
    invoice()
    uploads.upload_due(now=timezone.now())
    other = BusinessNumberFactory(phone_number_id="5551", is_default=False)

    again = invoice(conversation=ConversationFactory(number=other))

    assert OutboxItem.objects.get(message=again).state == "UPLOADING"


def test_upload_that_would_be_too_old_by_then_is_not_reused(outside):
    invoice()
    uploads.upload_due(now=timezone.now())
    Media.objects.update(uploaded_at=timezone.now() - timedelta(days=20))

    again = invoice(send_at=timezone.now() + timedelta(days=15))

    assert OutboxItem.objects.get(message=again).state == "UPLOADING"


def test_file_for_a_distant_day_is_uploaded_late_enough_to_live_then(outside):
    now = timezone.now()
    invoice(send_at=now + timedelta(days=30) - timedelta(minutes=1))

    assert uploads.upload_due(now=now) == 0

    later = now + timedelta(days=1)
    assert uploads.upload_due(now=later) == 1
    assert Media.objects.get().uploaded_at == later


@pytest.mark.parametrize("kind", [FailureClass.NOT_SENT, FailureClass.AMBIGUOUS])
def test_upload_is_given_up_after_as_many_tries_as_any_send(outside, kind):
    message = invoice()
    now = timezone.now()

    for _ in range(4):
        outside.meta.fail_next(failure(kind), call="upload_media")
        assert uploads.upload_due(now=now) == 1
        now = Media.objects.get().next_attempt_at

    message.refresh_from_db()
    assert message.delivery_status == "FAILED"
    assert message.error_text == f"Given up after 3 retries: {kind.value}"
    assert OutboxItem.objects.get().state == "FAILED"


@pytest.mark.parametrize("kind", [FailureClass.FATAL_ACCOUNT, FailureClass.SLOW_NUMBER])
def test_what_is_not_the_files_fault_burns_no_try(outside, kind):
    invoice()
    outside.meta.fail_next(failure(kind), call="upload_media")

    uploads.upload_due(now=timezone.now())

    media = Media.objects.get()
    assert (media.state, media.attempts) == ("PENDING", 0)
    assert media.next_attempt_at > timezone.now()


def test_message_whose_file_waits_expires_like_any_other(outside):
    message = invoice()

    settlement.expire(now=message.expires_at)

    message.refresh_from_db()
    assert (message.delivery_status, message.error_text) == ("FAILED", "expired")
    assert OutboxItem.objects.get().state == "FAILED"


def test_cancelled_message_asks_for_no_more_uploads(outside):
    message = invoice()

    messages.cancel(message_id=message.pk)

    assert Media.objects.get().state == "FAILED"
    assert not OutboxItem.objects.exists()


def test_message_sent_again_gets_a_new_id_even_if_it_had_one(outside):
    message = invoice()
    uploads.upload_due(now=timezone.now())
    old_id = Media.objects.get().media_id
    unsent.fail_unsent(message_ids=[message.pk], reason="x", now=timezone.now())

    messages.retry(message_id=message.pk)
    waiting = OutboxItem.objects.get().state
    uploads.upload_due(now=timezone.now())

    message.refresh_from_db()
    assert waiting == "UPLOADING"
    assert message.content["media_id"] == Media.objects.get().media_id != old_id


def test_message_sent_again_borrows_no_id_that_may_be_the_culprit(outside):
    first, second = invoice(), invoice()
    uploads.upload_due(now=timezone.now())
    [bad_id] = {media.media_id for media in Media.objects.all()}
    for message in (first, second):
        unsent.fail_unsent(message_ids=[message.pk], reason="x", now=timezone.now())

    messages.retry(message_id=second.pk)
    uploads.upload_due(now=timezone.now())
    messages.retry(message_id=first.pk)
    uploads.upload_due(now=timezone.now())

    good_id = Media.objects.get(message=second).media_id
    assert good_id != bad_id
    assert Media.objects.get(message=first).media_id == good_id
    assert set(outside.meta.files) == {bad_id, good_id}


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
def test_only_the_file_of_a_message_that_waits_is_due(outside, status):
    message, now = invoice(), timezone.now()
    before = uploads.is_any_due(now=now)

    Message.objects.filter(pk=message.pk).update(delivery_status=status)

    assert (before, uploads.is_any_due(now=now)) == (True, False)


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
