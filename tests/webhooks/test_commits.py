"""Shared commits at either door, and trouble with the database under them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from tests.webhooks.doors import together
from tests.webhooks.rows import held_table, keys, one

pytestmark = pytest.mark.django_db(transaction=True)

POISON = "wamid.POISON"


@contextmanager
def refusing_poison() -> Iterator[None]:
    """A table that refuses one row for what it says."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE whatsapp_webhook_events ADD CONSTRAINT no_poison"
            f" CHECK (idempotency_key <> 'message:{POISON}')"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE whatsapp_webhook_events DROP CONSTRAINT no_poison")


def commits() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM whatsapp_webhook_events")
        return cursor.fetchone()[0]


def test_requests_that_come_while_a_commit_runs_share_the_next(door):
    calls = [lambda n=n: door.post(one(f"wamid.{n}")) for n in range(30)]

    def let_go_later() -> None:
        with held_table():
            time.sleep(1)

    answers = together([let_go_later, *calls])[1:]

    assert {answer.status for answer in answers} == {200}
    assert len(keys()) == 30
    assert commits() < 10


def test_poisoned_body_fails_alone(door):
    raws = [one(f"wamid.{n}") for n in range(10)]

    def hold() -> None:
        with held_table():
            time.sleep(1)

    with refusing_poison():
        calls = [lambda raw=raw: door.post(raw) for raw in [*raws, one(POISON)]]
        answers = together([hold, *calls])[1:]

    assert [answer.status for answer in answers] == [200] * 10 + [503]
    assert keys() == [f"message:wamid.{n}" for n in range(10)]


def test_database_that_says_nothing_is_answered_503_in_time(door, settings):
    settings.WHATSAPP = settings.WHATSAPP | {"WEBHOOK_COMMIT_TIMEOUT": timedelta(seconds=0.5)}

    with held_table():
        answers = door.post_all([one("wamid.A"), one("wamid.B")])

    assert [answer.status for answer in answers] == [503, 503]
    assert door.post(one("wamid.C")).status == 200
    assert "message:wamid.C" in keys()


def test_connection_that_broke_in_silence_costs_no_answer(door):
    assert door.post(one("wamid.A")).status == 200
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] >= 1

    answer = door.post(one("wamid.B"))

    assert answer.status == 200
    assert keys() == ["message:wamid.A", "message:wamid.B"]
