"""Bodies that somebody would send who means harm: refused, and nothing has happened."""

from __future__ import annotations

import json

import pytest

from tests.api.doors import ROOT
from whatsapp.models import Message

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("route", "size"), [("messages/send", 10_000_000), ("messages/batch", 10_000_000)]
)
def test_endless_body_is_not_read_to_its_end(agent, talk, route, size):
    body = json.dumps({"conversation": talk.pk, "text": "x" * size})

    response = agent.post(f"{ROOT}/{route}", body, content_type="application/json")

    assert (response.status_code, response.json()["error"]["code"]) == (413, "request_too_large")
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("kind", "length"),
    [
        ("multipart/form-data; boundary=x", "200000000"),
        ("application/json", "300000"),
        ("application/json", "1e9"),
    ],
)
def test_body_that_says_it_is_too_large_is_not_waited_for(agent, kind, length):
    response = agent.generic(
        "POST", f"{ROOT}/messages/media", b"", content_type=kind, CONTENT_LENGTH=length
    )

    assert (response.status_code, response.json()["error"]["code"]) == (413, "request_too_large")


def test_length_that_is_a_lie_opens_no_larger_door(agent, talk):
    body = json.dumps({"conversation": talk.pk, "text": "x" * 1_000_000})

    response = agent.generic(
        "POST",
        f"{ROOT}/messages/send",
        body,
        content_type="application/json",
        CONTENT_LENGTH="0",
    )

    assert response.status_code in (400, 413)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        '{"text": "a", "text": "b", "conversation": %d}',
        '{"text": "a", "conversation": %d, "conversation": 1}',
        '{"text": NaN, "conversation": %d}',
        '{"text": "a", "conversation": 1e999, "x": %d}',
        '{"text": "a", "conversation": 1' + "0" * 5000 + ', "x": %d}',
        "[" * 50_000 + "%d",
        '{"text": "\\ud800", "conversation": %d}',
        '{"text": "\\u0000", "conversation": %d}',
        '{"text": ["a"], "conversation": %d}',
        '{"text": {"$gt": ""}, "conversation": %d}',
        '{"text": "a", "conversation": [%d]}',
        '"%d"',
        "null",
    ],
)
def test_json_that_means_two_things_or_none_is_refused(agent, talk, body):
    raw = body.replace("%d", str(talk.pk))

    response = agent.post(f"{ROOT}/messages/send", raw, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "validation"
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("messages/media", {"conversation": 1, "kind": "\ud800", "media_id": "1"}),
        ("messages/document", {"kind": "\ud800", "document_id": 1}),
        ("messages/send", {"conversation": 1, "text": "a", "\udfff": 1}),
        ("conversations/{c}/priority", {"priority": "\ud800"}),
        ("templates/check", {"category": "\ud800", "components": [{"\ud800": 1}]}),
    ],
)
def test_half_a_letter_is_refused_in_json(supervisor, talk, route, body):
    raw = json.dumps(body)  # in ASCII: half a surrogate pair has no bytes of its own

    response = supervisor.post(
        f"{ROOT}/{route.format(c=talk.pk)}", raw, content_type="application/json"
    )

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "validation"


def test_letter_outside_the_basic_plane_is_taken(agent, talk):
    raw = json.dumps({"conversation": talk.pk, "text": "👍"})

    response = agent.post(f"{ROOT}/messages/send", raw, content_type="application/json")

    assert response.status_code == 202
    assert Message.objects.get().message_text == "👍"


def test_number_longer_than_python_reads_is_no_fault_of_ours(supervisor, talk):
    endless = "9" * 5000

    listed = supervisor.get(f"{ROOT}/conversations?assigned_to={endless}")
    replayed = supervisor.post(f"{ROOT}/webhook-events/replay?status=failed&after={endless}")

    assert (listed.status_code, listed.json()["results"]) == (200, [])
    assert replayed.status_code == 400
    assert list(replayed.json()["error"]["details"]["fields"]) == ["after"]


@pytest.mark.parametrize("charset", ["utf-16", "rot13", "no-such-code", "idna"])
def test_charset_of_the_header_is_not_believed(agent, talk, charset):
    body = json.dumps({"conversation": talk.pk, "text": "Bună!"}, ensure_ascii=False).encode()

    response = agent.generic(
        "POST", f"{ROOT}/messages/send", body, content_type=f"application/json; charset={charset}"
    )

    assert response.status_code == 202
    assert Message.objects.get().message_text == "Bună!"
