"""Times of the database are what Django makes of them, read faster."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.utils import DataError

pytestmark = pytest.mark.django_db


def read(text: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-27 22:03:09+00", datetime(2026, 11, 27, 22, 3, 9, tzinfo=UTC)),
        ("2026-11-27 22:03:09.12+00", datetime(2026, 11, 27, 22, 3, 9, 120_000, UTC)),
        ("2026-11-27 22:03:09.123456+02", datetime(2026, 11, 27, 20, 3, 9, 123_456, UTC)),
        ("0001-01-01 00:00:00+00", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31 23:59:59.999999+00", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_time_is_the_same_moment_in_utc(text, at):
    found = read(text)

    assert found == at
    assert found.tzinfo is UTC


@pytest.mark.parametrize("text", ["infinity", "-infinity", "10000-01-01", "0044-03-15 BC"])
def test_what_python_has_no_time_for_is_refused_as_before(text):
    with pytest.raises(DataError):
        read(text)


def test_connection_in_another_zone_keeps_djangos_reader():
    elsewhere = connection.copy()
    elsewhere.settings_dict["TIME_ZONE"] = "Europe/Bucharest"
    try:
        with elsewhere.cursor() as cursor:
            cursor.execute("SELECT '2026-11-27 22:03:09+00'::timestamptz")
            (found,) = cursor.fetchone()
    finally:
        elsewhere.close()

    assert found == datetime(2026, 11, 27, 22, 3, 9, tzinfo=UTC)
    assert str(found.tzinfo) == "Europe/Bucharest"
