"""What somebody would try who means harm: refused, in our own words, and nothing has happened."""

from __future__ import annotations

import base64
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.doors import ROOT
from tests.factories import TemplateFactory, UserFactory
from whatsapp.models import Conversation, ConversationNote, IdempotencyKey, Message

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("route", "body", "name"),
    [
        ("conversations/{c}/tags", {"tags": [], "status": "ARCHIVED"}, "status"),
        ("conversations/{c}/priority", {"priority": "LOW", "assigned_to": 1}, "assigned_to"),
        ("conversations/{c}/assign", {"user_id": None, "by_id": 1}, "by_id"),
        ("conversations/{c}/notes", {"text": "x", "author": 1}, "author"),
        ("conversations/{c}/notes", {"text": "x", "id": 7}, "id"),
        ("messages/send", {"conversation": "{c}", "text": "x", "user_id": 1}, "user_id"),
        ("messages/send", {"conversation": "{c}", "text": "x", "priority": 0}, "priority"),
        ("messages/send", {"conversation": "{c}", "text": "x", "status": "READ"}, "status"),
        ("messages/send", {"conversation_id": "{c}", "text": "x"}, "conversation_id"),
        ("messages/send", {"conversation": "{c}", "text": "x", "idempotency_key": "k"}, "idem"),
    ],
)
def test_field_that_is_not_there_to_be_set_is_refused(supervisor, talk, route, body, name):
    data = json.loads(json.dumps(body).replace('"{c}"', str(talk.pk)))

    response = supervisor.post(f"{ROOT}/{route.format(c=talk.pk)}", data, format="json")

    assert response.status_code == 400
    assert any(field.startswith(name) for field in response.json()["error"]["details"]["fields"])
    assert not Message.objects.exists()
    assert not ConversationNote.objects.exists()
    before = (talk.status, talk.priority, talk.tags)
    talk.refresh_from_db()
    assert (talk.status, talk.priority, talk.tags) == before


@pytest.mark.parametrize(
    "query",
    [
        "assigned_to__password__startswith=pbkdf2",
        "contact__phone=0712",
        "order__customer__email=x",
        "id=1",
        "number=1 OR 1=1",
        "number=1e400",
        f"number={10**40}",
        "number=-1",
        "number[]=1",
        "status[$ne]=OPEN",
        "status=OPEN'--",
        "assigned_to=1;DROP TABLE users",
        "assigned_to=٣",
        "tag=%00",
        "search=%00%00",
        "unread=maybe",
        "limit=100000",
        "limit=0",
        "limit=1e1",
        "ordering=password",
        "expand=__class__",
    ],
)
def test_query_that_is_no_filter_shows_nothing(agent, talk, query):
    response = agent.get(f"{ROOT}/conversations?{query}")

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "validation"


def cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "made",
    [
        "rubbish",
        "%00",
        "é",
        "A" * 5000,
        cursor([]),
        cursor({}),
        cursor(7),
        cursor(["2026-11-27T00:00:00+00:00"]),
        cursor(["2026-11-27T00:00:00+00:00", "7"]),
        cursor(["2026-11-27T00:00:00+00:00", -1]),
        cursor(["2026-11-27T00:00:00+00:00", 2**63]),
        cursor(["2026-11-27T00:00:00+00:00", True]),
        cursor(["2026-11-27T00:00:00", 7]),
        cursor(["infinity", 7]),
        cursor(["'; DROP TABLE users; --", 7]),
        cursor([["2026"], 7]),
        cursor(["2026-11-27T00:00:00+00:00", 7, 7]),
    ],
)
def test_cursor_that_was_tampered_with_is_refused(agent, talk, made):
    response = agent.get(f"{ROOT}/conversations", {"cursor": made})

    assert response.status_code == 400
    assert set(response.json()["error"]["details"]["fields"]) == {"cursor"}


def test_cursor_opens_no_colleagues_rows(settings, agent, talk):
    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}
    Conversation.objects.update(assigned_to=UserFactory(agent=True))

    made = cursor(["2999-01-01T00:00:00+00:00", 2**62])
    response = agent.get(f"{ROOT}/conversations", {"cursor": made})

    assert response.json()["results"] == []


@pytest.mark.parametrize(
    "key", ["a\r\nSet-Cookie: x=1", "a\nb", "a\x00b", "", "x" * 256, "\u202e", "é\x7f"]
)
@pytest.mark.parametrize("route", ["messages/send", "messages/batch"])
def test_key_that_is_none_is_refused_and_echoed_nowhere(agent, talk, route, key):
    TemplateFactory()
    bodies = {
        "messages/send": {"conversation": talk.pk, "text": "Bună!"},
        "messages/batch": {
            "template": "order_shipped",
            "messages": [
                {
                    "phone_number": "+40712000001",
                    "parameters": {"customer": "Ana", "order_number": "C-1"},
                }
            ],
        },
    }

    response = agent.post(f"{ROOT}/{route}", bodies[route], format="json", HTTP_IDEMPOTENCY_KEY=key)

    assert response.status_code == 400
    assert "Set-Cookie" not in response
    assert not Message.objects.exists()
    assert not IdempotencyKey.objects.exists()


def test_method_is_what_it_is(agent, talk):
    response = agent.get(
        f"{ROOT}/conversations/{talk.pk}/resolve", HTTP_X_HTTP_METHOD_OVERRIDE="POST"
    )

    assert response.status_code == 405
    assert Conversation.objects.get().status == "OPEN"


def test_who_takes_no_json_is_told_so_in_json(agent):
    response = agent.get(f"{ROOT}/conversations", HTTP_ACCEPT="text/html")

    assert response.status_code == 406
    assert response.json()["error"]["code"] == "not_acceptable"


def test_reads_write_nothing(agent, talk):
    with CaptureQueriesContext(connection) as asked:
        agent.get(f"{ROOT}/conversations/{talk.pk}")

    assert not [q for q in asked.captured_queries if q["sql"].startswith(("INSERT", "UPDATE"))]
