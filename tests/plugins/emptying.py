"""The end of a transactional test: every table holds again what the migrations left in it.

Django would truncate every table, empty ones too, and make the permissions anew: 0.15 s each time,
and the rows of the migrations were gone. Here only what differs is put right, with no trigger and
no foreign key asked (which takes a superuser, or the right to set session_replication_role). What
a server or a worker still writes is waited for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import pytest
from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

TRIES = 5  # a server's last request may hold what we want, or want what we hold
PATIENCE = "SET LOCAL lock_timeout = '3s'"
ALONE = "SET LOCAL session_replication_role = 'replica'"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        _first_rows()
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: put_back())
        yield


def put_back() -> None:
    """Empty the tables that differ, and write down their first rows again."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                _put_back()
            return
        except OperationalError:  # a deadlock, or a lock that was not given
            if attempt == TRIES:
                raise


def _put_back() -> None:
    first = _first_rows()
    all_tables = ", ".join(f'"{table}"' for table in first)
    with connection.cursor() as cursor:
        cursor.execute(f"{PATIENCE}; {ALONE}; LOCK TABLE {all_tables} IN EXCLUSIVE MODE")
        for table, digest in _digests().items():
            if digest == first[table][0]:
                continue
            cursor.execute(f'DELETE FROM "{table}"')
            if rows := first[table][1]:
                with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                    copy.write(rows)


@cache
def _first_rows() -> Mapping[str, tuple[str | None, bytes]]:
    """The digest and the rows of each table, as they are at the first call."""
    found = {}
    with connection.cursor() as cursor:
        for table, digest in _digests().items():
            rows = b""
            if digest:
                with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                    rows = b"".join(copy)
            found[table] = (digest, rows)
    return found


def _digests() -> dict[str, str | None]:
    """One of all rows for each table; None of an empty one."""
    with connection.cursor() as cursor:
        cursor.execute(_digests_query())
        return dict(cursor.fetchall())


@cache
def _digests_query() -> str:
    tables: Sequence[str] = sorted(
        connection.introspection.django_table_names(only_existing=True, include_views=False)
    )
    return " UNION ALL ".join(
        f"SELECT '{t}', (SELECT md5(string_agg(r::text, '' ORDER BY r::text)) FROM \"{t}\" r)"
        for t in tables
    )
