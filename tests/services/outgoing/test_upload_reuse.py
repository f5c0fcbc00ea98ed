"""A file Meta has already: sent by the id it gave, as long as that is good."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import BusinessNumberFactory, ConversationFactory
from tests.services.sending.scenes import invoice
from whatsapp.models import Media, OutboxItem
from whatsapp.services import messages
from whatsapp.services.outgoing import unsent, uploads

pytestmark = pytest.mark.django_db


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
