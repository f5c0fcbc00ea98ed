"""What nothing acts on, and what cannot be read at all."""

from __future__ import annotations

import pytest

from tests.gateway.parsing import parse_all, parse_value
from whatsapp.domain.updates import UnsupportedUpdate
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway import updates


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("account_errors", "Meta reports trouble 130429: Rate limit hit"),
    ],
)
def test_what_nothing_acts_on_says_why(recorded, name, why):
    assert parse_all(recorded(name)) == [UnsupportedUpdate(why=why)]


def test_unreadable_body_is_unsupported():
    assert parse_all(b"\xffgarbage") == [UnsupportedUpdate(why="The body is no webhook envelope.")]


def test_value_with_nothing_in_it_is_unsupported():
    assert isinstance(parse_value({"messages": [], "statuses": None}), UnsupportedUpdate)
    assert isinstance(parse_value(None), UnsupportedUpdate)


@pytest.mark.parametrize("payload", ["", "{", "[" * 100_000])
def test_broken_payload_cannot_be_read(payload):
    with pytest.raises(WebhookProcessingError):
        updates.parse(field="messages", payload=payload)


def test_nesting_beyond_reason_cannot_be_read():
    deep = "[" * 700 + "]" * 700
    payload = (
        '{"value":{"messages":[{"id":"w","from":"1","timestamp":"1795000000","type":"text","x":'
        f"{deep}}}]}}}}"
    )

    with pytest.raises(WebhookProcessingError, match="nested too deeply"):
        updates.parse(field="messages", payload=payload)
