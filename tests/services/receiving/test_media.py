"""Files of customers: fetched, checked and kept, or given up in words."""

import threading

import pytest
from django.utils import timezone

from tests.services.arrivals import BUSY, JPEG, expected
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.errors import NotFoundError
from whatsapp.models import Media
from whatsapp.services.receiving import media
from whatsapp.testing import RecordingGateway
from whatsapp.wiring import gateway

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
OGG = b"OggS\x00\x02" + bytes(22) + b"OpusHead"
EXE = b"MZ\x90\x00\x03" + bytes(60)
HTML = b"<html><script>alert(1)</script></html>"
GONE = Failure(failure_class=FailureClass.FATAL_MESSAGE, code=100, title="Unknown media")


def test_file_is_fetched_checked_and_kept(outside):
    row = expected(data=JPEG, filename="../../etc/passwd.jpg")
    outside.meta.files["9001"] = JPEG

    assert media.fetch_due(now=timezone.now()) == 1

    row.refresh_from_db()
    assert (row.state, row.size, row.mime_type) == ("READY", len(JPEG), "image/jpeg")
    assert row.file.read() == JPEG
    assert row.file.name.startswith("whatsapp/")
    assert row.file.name.endswith(".jpg")
    assert "passwd" not in row.file.name
    assert media.fetch_due(now=timezone.now()) == 0


class FullDisk(RecordingGateway):
    """Stands in for whatever else may fail on the way to the storage."""

    def download_media(self, media_id, *, into, credentials):
        if media_id == "9001":
            raise OSError(28, "No space left on device")
        self.files[media_id] = JPEG
        return super().download_media(media_id, into=into, credentials=credentials)


def test_full_disk_is_shown_and_holds_up_no_other_file(outside, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "GATEWAY": f"{__name__}.FullDisk"}
    row, other = expected(), expected()
    Media.objects.filter(pk=other.pk).update(media_id="9002")

    assert media.fetch_due(now=timezone.now()) == 2

    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, row.error) == ("PENDING", "OSError: [Errno 28] No space left on device")
    assert other.state == "READY"


@pytest.mark.parametrize(
    ("kind", "data", "mime_type"),
    [
        ("AUDIO", OGG, "audio/ogg"),
        ("DOCUMENT", PDF, "application/pdf"),
        ("DOCUMENT", b"a;b;c\n1;2;3\n", "image/jpeg"),  # unknown bytes: as it was said
    ],
)
def test_real_type_is_kept(outside, kind, data, mime_type):
    row = expected(kind)
    outside.meta.files["9001"] = data

    media.fetch_due(now=timezone.now())

    row.refresh_from_db()
    assert (row.state, row.mime_type) == ("READY", mime_type)


@pytest.mark.parametrize("data", [EXE, HTML, PDF, OGG, b""])
def test_file_that_is_not_what_it_was_said_to_be_is_refused(outside, data):
    row = expected("IMAGE")
    outside.meta.files["9001"] = data

    media.fetch_due(now=timezone.now())

    row.refresh_from_db()
    assert (row.state, row.file.name) == ("FAILED", "")
    assert "not what it was sent as" in row.error


def test_damaged_file_is_fetched_again(outside):
    row = expected(data=JPEG + b"!")
    outside.meta.files["9001"] = JPEG
    now = timezone.now()

    media.fetch_due(now=now)

    row.refresh_from_db()
    assert (row.state, row.file.name) == ("PENDING", "")
    assert (row.next_attempt_at - now).total_seconds() == pytest.approx(30, abs=5)
    assert "checksum" in row.error


def test_trouble_at_meta_is_waited_for_then_shown(outside):
    row = expected()
    outside.meta.fail_next(*[BUSY] * media.MAX_ATTEMPTS, call="download_media")
    now, waits = timezone.now(), []

    while row.state == "PENDING":
        assert media.fetch_due(now=now) == 1
        row.refresh_from_db()
        waits.append((row.next_attempt_at - now).total_seconds())
        now = max(now, row.next_attempt_at)

    assert row.state == "FAILED"
    assert row.error == "Something went wrong (131000)"
    assert waits[:3] == pytest.approx([30, 150, 750], abs=5)
    assert row.attempts == media.MAX_ATTEMPTS


def test_file_meta_does_not_have_is_given_up_at_once(outside):
    row = expected()
    outside.meta.fail_next(GONE, call="download_media")

    media.fetch_due(now=timezone.now())

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("FAILED", 1)


def test_one_bad_file_does_not_hold_up_the_next(outside):
    bad, good = expected(), expected()
    outside.meta.fail_next(GONE, call="download_media")
    outside.meta.files["9001"] = JPEG

    assert media.fetch_due(now=timezone.now()) == 2

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == ("FAILED", "READY")


def test_file_that_another_worker_fetches_is_left_to_it(outside):
    now = timezone.now()
    row = expected()
    Media.objects.update(next_attempt_at=now + media.LEASE)

    assert media.fetch_due(now=now) == 0
    outside.meta.files["9001"] = JPEG
    assert media.fetch_due(now=now + media.LEASE) == 1  # that worker died

    row.refresh_from_db()
    assert row.state == "READY"


def test_file_on_its_way_out_is_not_fetched(outside):
    row = expected()
    Media.objects.update(media_id="")

    assert media.fetch_due(now=timezone.now()) == 0

    row.refresh_from_db()
    assert row.attempts == 0


def test_retry_fetches_again_what_was_given_up(outside):
    row = expected(state="FAILED", attempts=6, error="Unknown media")
    outside.meta.files["9001"] = JPEG

    media.retry(media_id=row.pk)
    media.fetch_due(now=timezone.now())

    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("READY", 1, "")


def test_retry_leaves_a_file_that_is_here(outside):
    row = expected(state="READY")

    assert media.retry(media_id=row.pk).state == "READY"

    assert media.fetch_due(now=timezone.now()) == 0


def test_retry_of_an_unknown_file_is_refused(outside):
    with pytest.raises(NotFoundError):
        media.retry(media_id=1)


def test_expired_file_is_given_up_in_words(outside):
    """Meta's answer for an id of more than seven days, which elsewhere speaks of the account."""
    expired = Failure(
        failure_class=FailureClass.FATAL_ACCOUNT, code=100, title="Unsupported get request."
    )
    row = expected()
    outside.meta.fail_next(expired, call="download_media")

    media.fetch_due(now=timezone.now())

    row.refresh_from_db()
    assert (row.state, row.error) == ("FAILED", media.GONE)


class OneAtATimeNever(RecordingGateway):
    """Answers only when four are asking: an album must not come file by file."""

    meet = threading.Barrier(4, timeout=10)

    def download_media(self, media_id, *, into, credentials):
        self.meet.wait()
        return super().download_media(media_id, into=into, credentials=credentials)


def test_album_is_fetched_several_at_once(outside, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "GATEWAY": f"{__name__}.OneAtATimeNever"}
    gateway().files["9001"] = JPEG
    rows = [expected(data=JPEG) for _ in range(8)]

    assert media.fetch_due(now=timezone.now()) == 8

    kept = Media.objects.filter(pk__in=[row.pk for row in rows], state="READY")
    assert kept.count() == 8
    assert len(set(kept.values_list("file", flat=True))) == 8
