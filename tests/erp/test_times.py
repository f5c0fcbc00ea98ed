"""Times are read faster than Django reads them, and are the same."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection
from psycopg.pq import Format

from cypher_erp import times

pytestmark = pytest.mark.django_db


def read(text: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        return cursor.fetchone()[0]


def loader():
    connection.ensure_connection()
    return connection.connection.adapters.get_loader(times.OID, Format.TEXT)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-27 08:15:09+00", datetime(2026, 11, 27, 8, 15, 9, tzinfo=UTC)),
        ("2026-11-27 10:15:09.12+02", datetime(2026, 11, 27, 8, 15, 9, 120_000, tzinfo=UTC)),
        ("2026-10-25 03:30 Europe/Bucharest", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("0900-01-02 03:04:05.000001+00", datetime(900, 1, 2, 3, 4, 5, 1, tzinfo=UTC)),
        ("9999-12-31 23:59:59.999999+00", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_time_is_what_was_written(text, at):
    assert read(text) == at
    assert read(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["infinity", "0044-03-15 BC", "10000-01-01 00:00+00"])
def test_time_that_python_has_not_fails_as_with_django(text):
    with pytest.raises(DataError):
        read(text)


def test_connection_that_a_pool_gives_out_again_is_not_prepared_anew():
    before = loader()

    times._on_connected(connection=connection)

    assert loader() is before
    assert issubclass(before, before.of_django)
