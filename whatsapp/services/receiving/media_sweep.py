"""Files that no row names: a process died between writing the file and its row, or a row went.

Only what is certainly ours is looked at: names that we make (32 hexadecimal digits and an
extension) in our folders by year and month.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.core.files.storage import Storage

from whatsapp.models import Media
from whatsapp.models.media import FOLDER

logger = logging.getLogger(__name__)

AGE = timedelta(days=1)  # a file is written before its row; by then the row is long there
BATCH = 500
FEW = 10  # so many may go whatever the share; above, half of all files is too much to be true
_YEAR, _MONTH = re.compile(r"\d{4}"), re.compile(r"\d{2}")
_OURS = re.compile(r"[0-9a-f]{32}(\.[A-Za-z0-9]+)?")


def sweep(*, now: datetime) -> int:
    """Remove the files of ours that are older than a day and that no row names; return how many.

    A storage that cannot list its files keeps them all. One that fails on the way is swept again
    the next day. Where most files have no row, or all, this is not their database: none is removed.
    """
    storage, removed = Media._meta.get_field("file").storage, 0
    try:
        looked_at, orphans = _look(storage, now=now)
        if len(orphans) > max(FEW, looked_at // 2) or 1 < looked_at == len(orphans):
            logger.error("most files have no row", extra=_counts(looked_at, len(orphans)))
            return 0
        for name in orphans:
            storage.delete(name)
            removed += 1
    except NotImplementedError:
        logger.info("media storage lists no files")
        return 0
    except Exception:  # the storage's: it may be far away
        logger.exception("media storage not swept to its end", extra={"removed": removed})
        return removed
    logger.info("files without a row removed", extra=_counts(looked_at, removed))
    return removed


def _counts(looked_at: int, without_row: int) -> dict[str, int]:
    return {"files": looked_at, "without_row": without_row}


def _look(storage: Storage, *, now: datetime) -> tuple[int, list[str]]:
    """Count our files, and list those without a row that are old enough to have none."""
    files, looked_at, orphans = _files(storage), 0, list[str]()
    while names := list(islice(files, BATCH)):
        looked_at += len(names)
        orphans += [name for name in _unnamed(names) if _is_old(storage, name, now=now)]
    return looked_at, orphans


def _files(storage: Storage) -> Iterator[str]:
    """Our files, month by month."""
    for year in _folders(storage, FOLDER, _YEAR):
        for month in _folders(storage, f"{FOLDER}/{year}", _MONTH):
            folder = f"{FOLDER}/{year}/{month}"
            for name in storage.listdir(folder)[1]:
                if _OURS.fullmatch(name):
                    yield f"{folder}/{name}"


def _folders(storage: Storage, folder: str, pattern: re.Pattern[str]) -> list[str]:
    try:
        found, _files = storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever kept
        return []
    return sorted(name for name in found if pattern.fullmatch(name))


def _unnamed(names: list[str]) -> list[str]:
    named = set(Media.objects.filter(file__in=names).values_list("file", flat=True))
    return [name for name in names if name not in named]


def _is_old(storage: Storage, name: str, *, now: datetime) -> bool:
    try:
        return storage.get_modified_time(name) <= now - AGE
    except FileNotFoundError:  # somebody was faster
        return False
