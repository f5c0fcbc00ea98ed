"""Files that break on their way to the storage leave nothing behind."""

from concurrent.futures import Future

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.utils import timezone

from tests.services.arrivals import BUSY, JPEG, expected
from whatsapp.models import Media
from whatsapp.ports import GatewayError
from whatsapp.services.receiving import media
from whatsapp.testing import RecordingGateway

pytestmark = pytest.mark.django_db


class Halfway(RecordingGateway):
    """Writes some bytes, then the line breaks."""

    def download_media(self, media_id, *, into, credentials):
        into.write(JPEG)
        raise GatewayError(BUSY)


class BrokenStorage(InMemoryStorage):
    """Takes some bytes, then has no room."""

    def _save(self, name, content):
        super()._save(name, ContentFile(b"half"))
        raise OSError(28, "No space left on device")


@pytest.fixture
def shelf(monkeypatch):
    """Put an empty storage in the place of the host's."""

    def put(storage: InMemoryStorage) -> InMemoryStorage:
        monkeypatch.setattr(Media._meta.get_field("file"), "storage", storage)
        return storage

    return put


def files_in(storage, folder: str = "") -> list[str]:
    folders, files = storage.listdir(folder) if not folder or storage.exists(folder) else ([], [])
    deeper = [name for each in folders for name in files_in(storage, f"{folder}{each}/")]
    return [*files, *deeper]


def test_line_that_breaks_leaves_no_file_behind(outside, settings, shelf):
    storage = shelf(InMemoryStorage())
    settings.WHATSAPP = {**settings.WHATSAPP, "GATEWAY": f"{__name__}.Halfway"}
    row = expected()

    media.fetch_due(now=timezone.now())

    row.refresh_from_db()
    assert (row.state, row.file.name, files_in(storage)) == ("PENDING", "", [])


def test_storage_that_breaks_leaves_no_file_behind(outside, shelf):
    storage = shelf(BrokenStorage())
    outside.meta.files["9001"] = JPEG
    row = expected()

    media.fetch_due(now=timezone.now())

    row.refresh_from_db()
    assert (row.state, row.file.name, files_in(storage)) == ("PENDING", "", [])
    assert "No space left" in row.error


def test_file_that_somebody_else_took_up_is_left_to_them(outside, shelf):
    storage = shelf(InMemoryStorage())
    row = expected()
    claimed = media._claim(now=timezone.now())
    Media.objects.update(attempts=2)
    done = Future()
    done.set_result(
        media.Kept(
            name=storage.save("late", ContentFile(JPEG)),
            mime_type="image/jpeg",
            sha256="",
            size=len(JPEG),
        )
    )

    media._settle(claimed, done, now=timezone.now())

    row.refresh_from_db()
    assert (row.state, row.file.name, files_in(storage)) == ("PENDING", "", [])
