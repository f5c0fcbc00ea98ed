"""Files on their way out: the message waits for its upload, and says why if it fails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from tests.factories import ConversationFactory
from whatsapp.domain.content import MediaKind
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.models import Media, Message, OutboxItem
from whatsapp.services import delivery, messages, uploads

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n" + b"0" * 100


def invoice(**more: object) -> Message:
    return messages.send_media(
        kind=MediaKind.DOCUMENT,
        file=ContentFile(PDF, name="factura.pdf"),
        conversation_id=ConversationFactory().pk,
        **more,
    )


def failure(kind: FailureClass) -> Failure:
    return Failure(failure_class=kind, code=None, title=kind.value)


def test_message_leaves_with_the_id_of_its_upload(outside):
    message = invoice()

    assert uploads.upload_due(now=timezone.now()) == 1
    delivery.send_due(number_id=message.number_id)

    media = Media.objects.get()
    [outgoing] = outside.meta.sent
    assert (media.state, outgoing.content.media_id) == ("READY", media.media_id)
    assert outside.meta.files[media.media_id].data == PDF


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
