"""Files on their way out: the message waits for its upload, and says why if it fails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.sending import PDF
from tests.services.sending.scenes import failure, invoice
from whatsapp.domain.retry import FailureClass
from whatsapp.models import Media, Message, OutboxItem
from whatsapp.services import delivery, messages, settlement
from whatsapp.services.outgoing import uploads

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
def test_only_the_file_of_a_message_that_waits_is_due(outside, status):
    message, now = invoice(), timezone.now()
    before = uploads.is_any_due(now=now)

    Message.objects.filter(pk=message.pk).update(delivery_status=status)

    assert (before, uploads.is_any_due(now=now)) == (True, False)
