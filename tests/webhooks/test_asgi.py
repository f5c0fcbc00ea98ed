"""The ASGI door's own: limits, the host behind it, the server's end."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from cypher_erp import asgi
from tests.webhooks.doors import PATH, serving, signed, together
from tests.webhooks.rows import held_table, keys, one
from whatsapp.webhooks.asgi import mount

pytestmark = pytest.mark.django_db(transaction=True)


def doors_connections() -> int:
    """How many sessions last inserted events."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%INSERT INTO whatsapp_webh%%'"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def test_bodies_beyond_the_room_are_asked_to_come_again(transactional_db, doors):
    large, small = one("wamid.LARGE", "x" * 5_000), one("wamid.SMALL")

    with serving("small", mount(asgi.erp, most_bytes=4_000)) as small_door:
        refused = small_door.post(large)
        taken = [small_door.post(small) for _ in range(10)]  # each gives its room back

    assert (refused.status, refused.json()["error"]["code"]) == (503, "webhook_processing")
    assert {answer.status for answer in taken} == {200}
    assert keys() == ["message:wamid.SMALL"]


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
    assert keys() == ["message:wamid.A"]


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
