"""The handshake at either door: echoed to who knows the token."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.webhooks.doors import Answer, ServedDoor
from tests.webhooks.refusals import assert_refused

pytestmark = pytest.mark.django_db(transaction=True)
HANDSHAKE = {
    "hub.mode": "subscribe",
    "hub.verify_token": "test-verify-token",
    "hub.challenge": "1158201",
}


def shake(door: ServedDoor, query: dict[str, str]) -> Answer:
    return door.ask("GET", query=f"?{urlencode(query)}")


def test_handshake_echoes_the_challenge_as_plain_text(door):
    answer = shake(door, HANDSHAKE)

    assert (answer.status, answer.content) == (200, b"1158201")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "query",
    [
        HANDSHAKE | {"hub.verify_token": "guess"},
        HANDSHAKE | {"hub.verify_token": "țoken"},
        HANDSHAKE | {"hub.mode": "unsubscribe"},
        {"hub.mode": "subscribe", "hub.challenge": "1"},
        {},
    ],
)
def test_handshake_of_a_stranger_is_refused(door, query):
    assert_refused(shake(door, query), status=403, code="permission_denied")


def test_handshake_is_refused_when_no_token_is_configured(door, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "VERIFY_TOKEN": ""}

    answer = shake(door, HANDSHAKE | {"hub.verify_token": ""})

    assert_refused(answer, status=403, code="permission_denied")
