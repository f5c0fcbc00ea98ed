"""Files that no row names go, a day later; nothing else does."""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage
from django.utils import timezone

from tests.factories import BusinessNumberFactory, MessageFactory
from whatsapp import tasks
from whatsapp.models import Media
from whatsapp.services.outgoing import uploads
from whatsapp.services.outgoing.uploads import Checked
from whatsapp.services.receiving import media_sweep

pytestmark = pytest.mark.django_db
NAME = "0123456789abcdef" * 2  # as uploads name a file


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """The storage that the field took from the settings when it was made, elsewhere."""
    put_into(FileSystemStorage(location=tmp_path), monkeypatch)
    return tmp_path


def put_into(storage, monkeypatch):
    monkeypatch.setattr(Media._meta.get_field("file"), "storage", storage)


def kept(*, days=2):
    """A file as a sending keeps it, whose row is not written yet."""
    data = ContentFile(b"%PDF-1.4", name="a.pdf")
    checked = Checked(file=data, name="a.pdf", mime_type="application/pdf", size=8, sha256="0" * 64)
    return aged(uploads.keep(checked), days=days)


def aged(media, *, days):
    then = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(media.file.path, (then, then))
    return media


def with_row(media):
    media.number, media.message = BusinessNumberFactory(), MessageFactory()
    media.save()
    return media


def put(folder, name, *, days=9):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    then = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))
    return path


def sweep():
    return media_sweep.sweep(now=timezone.now())


def test_file_of_a_crash_goes_and_that_of_a_row_stays(caplog):
    orphan, named = kept(), with_row(kept())
    caplog.set_level(logging.INFO, logger="whatsapp.services.receiving.media_sweep")

    assert sweep() == 1

    assert not os.path.exists(orphan.file.path)
    assert named.file.read() == b"%PDF-1.4"
    (record,) = caplog.records
    assert record.message == "files without a row removed"
    assert (record.files, record.without_row) == (2, 1)


def test_it_goes_with_the_nightly_archiving():
    orphan, _ = kept(), with_row(kept())

    tasks.archive_resolved()

    assert not os.path.exists(orphan.file.path)


def test_not_before_it_is_a_day_old():
    orphan = kept(days=0.99)

    assert sweep() == 0
    assert os.path.exists(orphan.file.path)


def test_file_of_a_deleted_message_goes_too():
    media = with_row(kept())
    path = media.file.path
    media.message.delete()

    assert sweep() == 1
    assert not os.path.exists(path)


@pytest.mark.parametrize(
    "name",
    [
        f"{NAME}.pdf",  # not in our folder
        f"other/2026/11/{NAME}.pdf",
        f"whatsapp/{NAME}.pdf",
        f"whatsapp/2026/{NAME}.pdf",
        f"whatsapp/backup/11/{NAME}.pdf",
        f"whatsapp/2026/11/deeper/{NAME}.pdf",
        f"whatsapp2/2026/11/{NAME}.pdf",
        "whatsapp/2026/11/contract.pdf",  # not a name of ours
        "whatsapp/2026/11/.keep",
        f"whatsapp/2026/11/{NAME}.tar.gz",
        f"whatsapp/2026/11/{NAME.upper()}.pdf",
    ],
)
def test_what_is_not_certainly_ours_stays(folder, name):
    path = put(folder, name)

    assert sweep() == 0
    assert path.exists()


def test_old_months_are_looked_at_too(folder):
    old, no_extension = f"whatsapp/2024/02/{uuid4().hex}.jpg", f"whatsapp/2024/03/{uuid4().hex}"
    paths = [put(folder, name) for name in (old, no_extension)]
    with_row(kept())

    assert sweep() == 2
    assert not any(path.exists() for path in paths)


def test_many_files_are_asked_for_in_few_questions(folder, django_assert_num_queries):
    named = [f"whatsapp/2026/10/{uuid4().hex}.jpg" for _ in range(media_sweep.BATCH + 1)]
    for name in named:
        put(folder, name)
    number = BusinessNumberFactory()
    Media.objects.bulk_create(Media(number=number, file=name) for name in named)
    orphan = put(folder, f"whatsapp/2026/11/{uuid4().hex}.jpg")

    with django_assert_num_queries(2):
        assert sweep() == 1

    assert not orphan.exists()
    assert all((folder / name).exists() for name in named)


@pytest.mark.parametrize(("files", "of_rows"), [(11, 1), (2, 0)])
def test_nothing_goes_where_most_files_have_no_row(folder, caplog, files, of_rows):
    """It is the folder of another database, such as a small shop's that somebody tries out."""
    paths = [put(folder, f"whatsapp/2026/11/{uuid4().hex}.jpg") for _ in range(files)]
    for _ in range(of_rows):
        with_row(kept())

    assert sweep() == 0

    assert all(path.exists() for path in paths)
    assert [record.message for record in caplog.records] == ["most files have no row"]


def test_no_folder_yet_is_no_trouble(folder):
    assert list(folder.iterdir()) == []
    assert sweep() == 0


class Unlisted(Storage):
    """Keeps files and cannot say which."""


class Away(FileSystemStorage):
    def listdir(self, path):
        raise ConnectionError("The storage is away.")


@pytest.mark.parametrize(
    ("storage", "said"),
    [(Unlisted, "media storage lists no files"), (Away, "media storage not swept to its end")],
)
def test_storage_that_cannot_be_listed_keeps_all(monkeypatch, caplog, storage, said):
    put_into(storage(), monkeypatch)
    caplog.set_level(logging.INFO, logger="whatsapp.services.receiving.media_sweep")

    assert sweep() == 0
    assert [record.message for record in caplog.records] == [said]
