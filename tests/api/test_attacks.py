"""What somebody would try who means harm: refused, in our own words, and nothing has happened."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import timedelta

import jwt
import pytest
from django.conf import settings as host
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from tests.factories import ConversationFactory, TemplateFactory, UserFactory
from whatsapp.models import Conversation, ConversationNote, IdempotencyKey, Message

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/whatsapp"
REFRESH = "/api/v1/auth/token/refresh"


@pytest.fixture
def talk() -> Conversation:
    return ConversationFactory()


def bearer(token: object) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def forged(user, *, key: str, algorithm: str, **claims) -> str:
    now = timezone.now()
    body = {
        "token_type": "access",
        "exp": now + timedelta(minutes=5),
        "iat": now,
        "jti": uuid.uuid4().hex,
        "user_id": str(user.pk),
        **claims,
    }
    return jwt.encode(body, key, algorithm=algorithm)


def unsigned(user) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    signed = forged(user, key=host.SECRET_KEY, algorithm="HS256")
    return f"{head}.{signed.split('.')[1]}."


TOKENS = {
    "unsigned": unsigned,
    "another key": lambda user: forged(user, key="guessed" * 8, algorithm="HS256"),
    "another algorithm": lambda user: forged(user, key=host.SECRET_KEY, algorithm="HS512"),
    "over": lambda user: forged(
        user, key=host.SECRET_KEY, algorithm="HS256", exp=timezone.now() - timedelta(seconds=1)
    ),
    "without an end": lambda user: forged(user, key=host.SECRET_KEY, algorithm="HS256", exp=None),
    "of a refresh": RefreshToken.for_user,
    "of nobody": lambda user: forged(
        user, key=host.SECRET_KEY, algorithm="HS256", user_id="999999999"
    ),
    "cut": lambda user: str(AccessToken.for_user(user))[:-4],
    "empty": lambda user: "",
    "endless": lambda user: "x" * 20_000,
}


@pytest.mark.parametrize("made", TOKENS.values(), ids=TOKENS.keys())
def test_token_that_is_not_ours_opens_nothing(made, talk):
    user = UserFactory(supervisor=True)

    response = bearer(made(user)).post(f"{ROOT}/conversations/{talk.pk}/resolve")

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_authenticated"
    talk.refresh_from_db()
    assert talk.status == "OPEN"


def test_token_like_ours_opens_the_door(talk):
    # the forger's tools make a good token too: what is refused above is refused for its fault
    token = forged(UserFactory(supervisor=True), key=host.SECRET_KEY, algorithm="HS256")

    assert bearer(token).post(f"{ROOT}/conversations/{talk.pk}/resolve").status_code == 200


def test_blacklisted_refresh_token_gives_no_access():
    token = RefreshToken.for_user(UserFactory(agent=True))
    token.blacklist()

    response = APIClient().post(REFRESH, {"refresh": str(token)}, format="json")

    assert response.status_code == 401


def test_refresh_token_of_who_left_gives_no_access():
    user = UserFactory(agent=True)
    token = RefreshToken.for_user(user)
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)

    response = APIClient().post(REFRESH, {"refresh": str(token)}, format="json")

    assert response.status_code == 401


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


@pytest.mark.parametrize("route", ["messages/send", "messages/batch", "conversations/{c}/resolve"])
def test_session_without_csrf_token_sends_nothing(agent_user, talk, route):
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(agent_user)
    body = {"conversation": talk.pk, "text": "Bună!"}

    response = browser.post(f"{ROOT}/{route.format(c=talk.pk)}", body, format="json")

    assert response.status_code == 403
    assert not Message.objects.exists()


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
