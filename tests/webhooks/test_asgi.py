"""The ASGI door's own: shared commits, trouble with the database, limits, the server's end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from cypher_erp import asgi
from tests import webhook_bodies as bodies
from tests.webhooks.doors import PATH, serving, signed, together
from whatsapp.models import WebhookEvent
from whatsapp.webhooks.asgi import mount

pytestmark = pytest.mark.django_db(transaction=True)

POISON = "wamid.POISON"


def one(wamid: str, said: str = "Bună ziua") -> bytes:
    return bodies.body(bodies.messages(bodies.text(wamid, said)))


def keys() -> set[str]:
    return set(WebhookEvent.objects.values_list("idempotency_key", flat=True))


@contextmanager
def held_table() -> Iterator[None]:
    """Nobody can insert while the block lasts; it ends by itself in a rollback."""
    parameters = connection.get_connection_params()
    with psycopg.connect(dbname=parameters["dbname"], **server(parameters)) as other:
        other.execute("LOCK TABLE whatsapp_webhook_events IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def server(parameters: dict) -> dict:
    names = ("host", "port", "user", "password")
    return {name: parameters[name] for name in names if name in parameters}


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


def doors_connections() -> int:
    """How many sessions last inserted events."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%INSERT INTO whatsapp_webh%%'"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def commits() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM whatsapp_webhook_events")
        return cursor.fetchone()[0]


def test_requests_that_come_while_a_commit_runs_share_the_next(bulk_door):
    calls = [lambda n=n: bulk_door.post(one(f"wamid.{n}")) for n in range(30)]

    def let_go_later() -> None:
        with held_table():
            time.sleep(1)

    answers = together([let_go_later, *calls])[1:]

    assert {answer.status for answer in answers} == {200}
    assert len(keys()) == 30
    assert commits() < 10


def test_poisoned_body_fails_alone(bulk_door):
    raws = [one(f"wamid.{n}") for n in range(10)]

    def hold() -> None:
        with held_table():
            time.sleep(1)

    with refusing_poison():
        calls = [lambda raw=raw: bulk_door.post(raw) for raw in [*raws, one(POISON)]]
        answers = together([hold, *calls])[1:]

    assert [answer.status for answer in answers] == [200] * 10 + [503]
    assert keys() == {f"message:wamid.{n}" for n in range(10)}


def test_database_that_says_nothing_is_answered_503_in_time(bulk_door, settings):
    settings.WHATSAPP = settings.WHATSAPP | {"WEBHOOK_COMMIT_TIMEOUT": timedelta(seconds=0.5)}

    with held_table():
        answers = bulk_door.post_all([one("wamid.A"), one("wamid.B")])

    assert [answer.status for answer in answers] == [503, 503]
    assert bulk_door.post(one("wamid.C")).status == 200
    assert "message:wamid.C" in keys()


def test_connection_that_broke_in_silence_costs_no_answer(bulk_door):
    assert bulk_door.post(one("wamid.A")).status == 200
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] >= 1

    answer = bulk_door.post(one("wamid.B"))

    assert answer.status == 200
    assert keys() == {"message:wamid.A", "message:wamid.B"}


def test_bodies_beyond_the_room_are_asked_to_come_again(transactional_db, doors):
    large, small = one("wamid.LARGE", "x" * 5_000), one("wamid.SMALL")

    with serving("small", mount(asgi.erp, most_bytes=4_000)) as small_door:
        refused = small_door.post(large)
        taken = [small_door.post(small) for _ in range(10)]  # each gives its room back

    assert (refused.status, refused.json()["error"]["code"]) == (503, "webhook_processing")
    assert {answer.status for answer in taken} == {200}
    assert keys() == {"message:wamid.SMALL"}


def test_id_of_a_proxy_is_kept_where_the_host_trusts_it(bulk_door):
    headers = signed(one("wamid.A")) | {"X-Request-ID": "from-the-proxy"}

    with serving("trusting", mount(asgi.erp, trust_request_id=True)) as trusting:
        trusted = trusting.ask("POST", body=one("wamid.A"), headers=headers)
    own = bulk_door.ask("POST", body=one("wamid.A"), headers=headers)

    assert trusted.headers["x-request-id"] == "from-the-proxy"
    assert own.headers["x-request-id"] != "from-the-proxy"


def test_everything_else_is_the_hosts(bulk_door):
    assert bulk_door.ask("GET", path="/healthz").json() == {"status": "ok"}
    assert bulk_door.ask("GET", path=f"{PATH}/more").status == 404


def test_door_is_where_a_proxy_mounts_the_host(transactional_db, doors):
    with serving("mounted", mount(asgi.erp), root_path="/erp") as mounted:
        answer = mounted.post(one("wamid.A"))

    assert answer.status == 200
    assert keys() == {"message:wamid.A"}


def test_server_that_ends_answers_those_inside_and_closes_its_connection(transactional_db, doors):
    before = doors_connections()
    with serving("ending", mount(asgi.erp)) as ending:
        calls = [lambda n=n: ending.post(one(f"wamid.{n}")) for n in range(20)]

        def end_in_the_middle() -> None:
            with held_table():
                time.sleep(0.5)  # all are inside by now, and none is committed
                ending.end()
                time.sleep(0.5)

        answers = together([end_in_the_middle, *calls])[1:]

    assert {answer.status for answer in answers} == {200}
    assert len(keys()) == 20
    assert doors_connections() == before
