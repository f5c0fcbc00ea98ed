"""What Meta meets at either door: the plain view and the ASGI door give the same answers."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

from tests import webhook_bodies as bodies
from tests.webhooks.doors import PATH, signed
from tests.webhooks.refusals import assert_refused
from tests.webhooks.rows import keys, one
from whatsapp import queue
from whatsapp.models import WebhookEvent

pytestmark = pytest.mark.django_db(transaction=True)

PAYLOADS = sorted((Path(__file__).parents[1] / "payloads").glob("*.json"))


def test_signed_body_is_kept_item_by_item(door):
    answer = door.post(
        bodies.body(
            bodies.messages(bodies.text("wamid.A")),
            bodies.statuses(bodies.status("read", "wamid.B")),
        )
    )

    assert (answer.status, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    assert keys() == ["message:wamid.A", "status:wamid.B:read"]
    assert set(WebhookEvent.objects.values_list("status", flat=True)) == {"pending"}


def test_address_with_a_slash_is_the_same_door(door):
    answer = door.ask("POST", path=f"{PATH}/", body=one(), headers=signed(one()))

    assert answer.status == 200
    assert keys() == ["message:wamid.A"]


def test_same_body_ten_times_is_one_row(door):
    answers = door.post_all([one()] * 10)

    assert {answer.status for answer in answers} == {200}
    assert keys() == ["message:wamid.A"]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"entry": 7}', b"\0"])
def test_signed_body_that_cannot_be_read_is_kept(door, raw):
    answer = door.post(raw)

    assert answer.status == 200
    assert [key.partition(":")[0] for key in keys()] == ["body"]


def test_body_decides_and_not_its_declared_type(door):
    answer = door.post(one(), headers={"Content-Type": "text/plain; charset=latin-1"})

    assert answer.status == 200
    assert keys() == ["message:wamid.A"]


def test_thousand_items_are_a_thousand_rows(door):
    read = [bodies.status("read", f"wamid.{number}") for number in range(1000)]

    answer = door.post(bodies.body(bodies.statuses(*read)))

    assert answer.status == 200
    assert keys() == sorted(f"status:wamid.{number}:read" for number in range(1000))


def test_body_beyond_djangos_limit_is_taken(door, settings):
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 2_621_440

    answer = door.post(one(said="x" * 2_900_000))

    assert answer.status == 200
    assert keys() == ["message:wamid.A"]


def test_body_beyond_the_limit_is_refused(door, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "WEBHOOK_MAX_BYTES": 1000}

    answer = door.post(one(said="x" * 1000))

    assert_refused(answer, status=413, code="request_too_large")


def test_body_that_does_not_announce_its_length_is_held_to_the_limit(door, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "WEBHOOK_MAX_BYTES": 100_000}
    large, small = one(said="x" * 100_000), one("wamid.B")

    refused = door.post_in_pieces([large[:50_000], large[50_000:]], signature=bodies.sign(large))
    assert_refused(refused, status=413, code="request_too_large")

    taken = door.post_in_pieces([small[:9], small[9:]], signature=bodies.sign(small))
    assert taken.status == 200
    assert keys() == ["message:wamid.B"]


def test_half_a_body_leaves_nothing_and_harms_nobody(door):
    door.hang_up_in_mid_body(one("wamid.HALF"))

    assert door.post(one("wamid.WHOLE")).status == 200
    assert keys() == ["message:wamid.WHOLE"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(door, method):
    answer = door.ask(method)

    assert_refused(answer, status=405, code="method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_disabled_module_has_no_door(door, settings, method):
    settings.WHATSAPP = {**settings.WHATSAPP, "ENABLED": False}

    answer = door.ask(method, body=one(), headers=signed(one()))

    assert_refused(answer, status=404, code="not_found")


def test_database_that_is_away_is_answered_503_until_it_is_back(door):
    assert door.post(one("wamid.BEFORE")).status == 200
    WebhookEvent.objects.all().delete()
    good = connection.settings_dict["PORT"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    connection.settings_dict["PORT"] = "9"  # nobody listens there
    try:
        answers = door.post_all([one("wamid.A"), one("wamid.B")])
    finally:
        connection.settings_dict["PORT"] = good

    for answer in answers:
        assert_refused(answer, status=503, code="webhook_processing")
    assert door.post(one("wamid.A")).status == 200
    assert keys() == ["message:wamid.A"]


def test_answers_are_counted_under_the_route(door, settings):
    settings.METRICS_TOKEN = "right"
    labels = 'method="POST",route="api/v1/whatsapp/webhook",status="200"'

    def counted() -> float:
        page = door.ask("GET", path="/metrics", headers={"Authorization": "Bearer right"})
        lines = page.content.decode().splitlines()
        name = f"http_requests_total{{{labels}}} "
        return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))

    before = counted()
    door.post(one())

    assert counted() == before + 1


def test_processor_is_woken_after_the_commit_and_not_for_each_request(door):
    with Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        door.post(one())
        door.post_all([one(f"wamid.{number}") for number in range(20)])
        deadline = time.monotonic() + 5
        while not broker.llen(queue.RECEIVE_QUEUE) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)  # the last of them leaves within a moment, too

        assert 1 <= broker.llen(queue.RECEIVE_QUEUE) < 20


def test_refused_body_wakes_nobody(door):
    with Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        door.post(one(), signature="sha256=no")
        time.sleep(0.2)

        assert broker.llen(queue.RECEIVE_QUEUE) == 0


def test_everything_meta_posts_is_kept(door):
    raws = [json.dumps(json.loads(path.read_text())).encode() for path in PAYLOADS]

    answers = door.post_all(raws)

    assert {answer.status for answer in answers} == {200}
    for raw in raws:
        WebhookEvent.objects.all().delete()
        assert door.post(raw).status == 200
        assert WebhookEvent.objects.exists()
