import json
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import path

from tests import webhook_bodies as bodies
from whatsapp.models import Message, WebhookEvent
from whatsapp.webhooks.view import webhook

urlpatterns = [path("webhook", webhook)]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

URL = "/webhook"
PAYLOADS = sorted((Path(__file__).parents[1] / "payloads").glob("*.json"))


def post(raw: bytes, *, signature: str | None = None, client: Client | None = None):
    signature = bodies.sign(raw) if signature is None else signature
    headers = {"X-Hub-Signature-256": signature} if signature else {}
    return (client or Client()).post(
        URL, data=raw, content_type="application/json", headers=headers
    )


def assert_refused(answer, *, status: int, code: str) -> None:
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["message"]
    assert error["details"] == {}
    assert error["request_id"]
    assert WebhookEvent.objects.count() == 0


def test_handshake_echoes_the_challenge_as_plain_text():
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": "test-verify-token",
        "hub.challenge": "1158201",
    }

    answer = Client().get(URL, query)

    assert answer.status_code == 200
    assert answer.content == b"1158201"
    assert answer["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "query",
    [
        {"hub.mode": "subscribe", "hub.verify_token": "guess", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": "țoken", "hub.challenge": "1"},
        {"hub.mode": "unsubscribe", "hub.verify_token": "test-verify-token", "hub.challenge": "1"},
        {},
    ],
)
def test_handshake_of_a_stranger_is_refused(query):
    answer = Client().get(URL, query)

    assert_refused(answer, status=403, code="permission_denied")


def test_handshake_is_refused_when_no_token_is_configured(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "VERIFY_TOKEN": ""}

    answer = Client().get(URL, {"hub.mode": "subscribe", "hub.verify_token": ""})

    assert_refused(answer, status=403, code="permission_denied")


def test_signed_body_is_kept_item_by_item():
    raw = bodies.body(
        bodies.messages(bodies.text("wamid.A")), bodies.statuses(bodies.status("read", "wamid.B"))
    )

    answer = post(raw)

    assert answer.status_code == 200
    assert set(WebhookEvent.objects.values_list("idempotency_key", "status")) == {
        ("message:wamid.A", "pending"),
        ("status:wamid.B:read", "pending"),
    }


@pytest.mark.parametrize("secret", ["another-secret", "", "test-app-secret "])
def test_wrong_secret_has_no_effect_at_all(secret):
    raw = bodies.body(bodies.messages(bodies.text("wamid.A")))

    answer = post(raw, signature=bodies.sign(raw, secret=secret))

    assert_refused(answer, status=401, code="webhook_validation")
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha1=abc", "sha256=țșă", "sha256=" + "0" * 64]
)
def test_missing_or_malformed_signature_is_refused(signature):
    raw = bodies.body(bodies.messages(bodies.text("wamid.A")))

    answer = post(raw, signature=signature)

    assert_refused(answer, status=401, code="webhook_validation")


def test_changed_body_is_refused():
    raw = bodies.body(bodies.messages(bodies.text("wamid.A")))

    answer = post(raw + b" ", signature=bodies.sign(raw))

    assert_refused(answer, status=401, code="webhook_validation")


def test_without_a_secret_everything_is_refused(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "APP_SECRETS": ()}
    raw = bodies.body(bodies.messages(bodies.text("wamid.A")))

    answer = post(raw, signature=bodies.sign(raw, secret=""))

    assert_refused(answer, status=401, code="webhook_validation")


def test_both_secrets_are_good_while_they_rotate(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "APP_SECRETS": ("new", "old")}
    first = bodies.body(bodies.messages(bodies.text("wamid.A")))
    second = bodies.body(bodies.messages(bodies.text("wamid.B")))

    answers = [
        post(first, signature=bodies.sign(first, secret="old")),
        post(second, signature=bodies.sign(second, secret="new")),
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert WebhookEvent.objects.count() == 2


def test_same_body_ten_times_is_one_row():
    raw = bodies.body(bodies.messages(bodies.text("wamid.A")))

    answers = [post(raw) for _ in range(10)]

    assert {answer.status_code for answer in answers} == {200}
    assert WebhookEvent.objects.count() == 1


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"entry": 7}'])
def test_signed_body_that_cannot_be_read_is_kept(raw):
    answer = post(raw)

    assert answer.status_code == 200
    assert WebhookEvent.objects.count() == 1


def test_body_beyond_djangos_limit_is_taken(settings):
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 2_621_440
    raw = bodies.body(bodies.messages(bodies.text("wamid.A", "x" * 2_900_000)))

    answer = post(raw)

    assert answer.status_code == 200
    assert WebhookEvent.objects.count() == 1


def test_body_beyond_the_limit_is_refused(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "WEBHOOK_MAX_BYTES": 1000}
    raw = bodies.body(bodies.messages(bodies.text("wamid.A", "x" * 1000)))

    answer = post(raw)

    assert_refused(answer, status=413, code="request_too_large")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_refused(method):
    answer = getattr(Client(), method)(URL)

    assert_refused(answer, status=405, code="method_not_allowed")
    assert answer["Allow"] == "GET, POST"


@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_disabled_module_has_no_door(settings, method):
    settings.WHATSAPP = {**settings.WHATSAPP, "ENABLED": False}

    answer = getattr(Client(), method)(URL)

    assert_refused(answer, status=404, code="not_found")


def test_csrf_protection_does_not_stop_meta():
    raw = bodies.body(bodies.messages(bodies.text("wamid.A")))

    answer = post(raw, client=Client(enforce_csrf_checks=True))

    assert answer.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_database_that_is_away_is_answered_503():
    raw = bodies.body(bodies.messages(bodies.text("wamid.A")))
    connection.close()
    good = connection.settings_dict["PORT"]

    connection.settings_dict["PORT"] = "9"  # nobody listens there
    try:
        answer = post(raw)
    finally:
        connection.close()
        connection.settings_dict["PORT"] = good

    assert_refused(answer, status=503, code="webhook_processing")


@pytest.mark.django_db(transaction=True)
def test_database_that_only_reads_is_answered_503():
    raw = bodies.body(bodies.messages(bodies.text("wamid.A")))
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")

    try:
        answer = post(raw)
    finally:
        connection.close()

    assert_refused(answer, status=503, code="webhook_processing")


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_everything_meta_posts_is_kept_whole(path):
    raw = json.dumps(json.loads(path.read_text())).encode()

    answer = post(raw)

    assert answer.status_code == 200
    assert WebhookEvent.objects.exists()
