"""Listening to what changes: by stream, by long poll, from where one left."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken

from cypher_erp import asgi
from tests.api.streams import PATH, STREAM, listening, told
from tests.factories import ConversationFactory, UserFactory
from tests.webhooks.doors import serving
from whatsapp.api import events
from whatsapp.domain.conversation import ConversationPriority
from whatsapp.models.change import ChangeKind
from whatsapp.services import conversations
from whatsapp.services.shared import change_log
from whatsapp.services.shared.event_stream import Feed, Listener

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server():
    with serving("events", asgi.application, timeout_graceful_shutdown=1) as served:
        yield served


@pytest.fixture
def user():
    return UserFactory(agent=True, role="user")


def test_change_reaches_who_listens_and_who_comes_back(server, user):
    conversation = ConversationFactory()
    with listening(server, user) as stream:
        conversations.set_tags(conversation_id=conversation.pk, tags=["vip"])
        first = stream.event()
        position = stream.position
    conversations.resolve(conversation_id=conversation.pk)

    wire = {"Last-Event-ID": position}
    token = AccessToken.for_user(user)
    polled = (
        Client().get(PATH, {"wait": 5}, headers={"Authorization": f"Bearer {token}", **wire}).json()
    )

    assert told(first) == ("conversation_changed", [(conversation.pk, None)])
    assert [told(event) for event in polled["events"]] == [
        ("conversation_resolved", [(conversation.pk, None)])
    ]


def test_stream_ends_with_the_right_to_listen(server, user, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT", 0.1)
    with listening(server, user) as stream:
        assert set(stream.next()) == {"id"}  # a sign of life
        user.is_active = False
        user.save()

        stream.rest()


def test_stream_ends_after_a_while(server, user, monkeypatch):
    monkeypatch.setattr(events, "LONGEST_STREAM", 0.5)

    with listening(server, user) as stream:
        stream.rest()


def test_stream_ends_with_its_token(server, user, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT", 60)  # else each sign of life lets the client wait on

    with listening(server, user, life=timedelta(seconds=3)) as stream:
        stream.rest()


def test_client_that_leaves_while_it_begins_holds_no_place(user, monkeypatch):
    begun, left, made = threading.Event(), threading.Event(), threading.Event()

    class Slow(Listener):
        def __init__(self, **given) -> None:
            begun.set()
            left.wait(10)
            super().__init__(**given)
            made.set()

    async def leave_early() -> None:
        async for _ in events._streamed(None, user_id=user.pk, ends_at=time.time() + 60):
            pass

    async def try_it() -> None:
        task = asyncio.create_task(leave_early())
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        left.set()
        assert made.wait(10)

    feed = Feed()
    monkeypatch.setattr(events, "feed", feed)
    monkeypatch.setattr(events, "Listener", Slow)
    asyncio.run(try_it())

    deadline = time.monotonic() + 10
    while any(thread.name == "changes" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "its place was never given back"
        time.sleep(0.02)


def sessions() -> int:
    """How many others hold a connection to the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def test_who_polls_keeps_no_connection_to_the_database(server, user):
    before = sessions()  # another test's server may hold one
    wire = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    token = AccessToken.for_user(user)
    here = str(change_log.here())  # what is noted before it listens is told too
    headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": here}
    wire.request("GET", f"{PATH}?wait=8", headers=headers)
    seen: list[int] = []
    ends_at = time.monotonic() + 6
    while (not seen or max(seen) <= before or seen[-1] > before + 1) and time.monotonic() < ends_at:
        time.sleep(0.05)
        seen.append(sessions())

    assert max(seen) > before  # it did ask
    assert seen[-1] <= before + 1  # and only the reader still holds one
    change_log.note(kind=ChangeKind.CONVERSATION_CHANGED, ids=[1])
    assert wire.getresponse().status == 200
    wire.close()


def test_stream_keeps_no_connection_to_the_database(server, user):
    with listening(server, user), listening(server, user), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND query LIKE '%%auth%%'"
        )

        assert cursor.fetchone() == (0,)


def test_stream_under_wsgi_ends_with_the_first_events(client_of, user):
    conversation = ConversationFactory()
    client = client_of(user)
    start = str(change_log.here())
    conversations.set_priority(
        conversation_id=conversation.pk, priority=ConversationPriority.HIGH.value
    )

    answer = client.get(PATH, headers={"Accept": STREAM, "Last-Event-ID": start})
    text = b"".join(answer.streaming_content).decode()

    assert answer["Content-Type"] == STREAM
    assert (answer["Cache-Control"], answer["X-Accel-Buffering"]) == ("no-store", "no")
    blocks = [block.splitlines() for block in text.strip().split("\n\n")]
    assert [[line.partition(":")[0] for line in block] for block in blocks] == [
        ["retry"],
        ["event", "data", "id"],
    ]
    data = json.loads(blocks[1][1].removeprefix("data: "))
    assert told(data) == ("conversation_changed", [(conversation.pk, None)])


def test_poll_without_a_position_begins_now(client_of, user):
    change_log.note(kind=ChangeKind.CONVERSATION_CHANGED, ids=[1])
    client = client_of(user)

    first = client.get(PATH, {"wait": 0}).json()
    change_log.note(kind=ChangeKind.CONVERSATION_CHANGED, ids=[2])
    second = client.get(PATH, {"wait": 5, "after": first["next"]}).json()
    third = client.get(PATH, {"wait": 0, "after": second["next"]}).json()

    assert first["events"] == third["events"] == []
    assert [told(event) for event in second["events"]] == [("conversation_changed", [(2, None)])]


def test_who_was_away_too_long_is_told_to_begin_anew(client_of, user, monkeypatch):
    start = str(change_log.here())
    old = start.partition("@")[0] + "@1"
    client = client_of(user)
    for n in range(3):
        change_log.note(kind=ChangeKind.CONVERSATION_CHANGED, ids=[n])
    monkeypatch.setattr(change_log, "MOST_ROWS", 2)

    answers = [client.get(PATH, {"after": after}).json() for after in (old, start)]

    for answer in answers:
        assert answer["events"] == [{"id": 0, "type": "reset", "at": None, "items": []}]
        later = client.get(PATH, {"after": answer["next"], "wait": 0}).json()
        assert later["events"] == []


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("accept", [STREAM, "application/json"])
def test_position_that_is_none_is_refused_in_json(client_of, user, accept, header):
    given = {"headers": {"Accept": accept, "Last-Event-ID": "42"}}
    if not header:
        given = {"headers": {"Accept": accept}, "data": {"after": "42"}}

    answer = client_of(user).get(PATH, **given)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
    assert answer.json()["error"]["code"] == "validation"
    assert list(answer.json()["error"]["details"]["fields"]) == ["Last-Event-ID"]


@pytest.mark.parametrize("wait", ["-1", "26", "x"])
def test_wait_has_bounds(client_of, user, wait):
    answer = client_of(user).get(PATH, {"wait": wait})

    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]["fields"]) == ["wait"]


@pytest.mark.parametrize("accept", [STREAM, "application/json"])
def test_nobody_listens_without_permission(client_of, accept):
    answer = client_of(UserFactory()).get(PATH, headers={"Accept": accept})

    assert (answer.status_code, answer["Content-Type"]) == (403, "application/json")
    assert answer.json()["error"]["code"] == "permission_denied"


def test_colleagues_conversation_is_told_to_nobody_else(settings, server, client_of, user):
    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}
    theirs = ConversationFactory(assigned_to=UserFactory(agent=True, role="user"))
    nobodys = ConversationFactory()
    client = client_of(user)
    start = client.get(PATH, {"wait": 0}).json()["next"]

    with listening(server, user) as stream:
        for one in (theirs, nobodys):
            conversations.set_tags(conversation_id=one.pk, tags=["vip"])
        streamed = stream.event()
    polled = client.get(PATH, {"wait": 5, "after": start}).json()["events"]

    expected = ("conversation_changed", [(nobodys.pk, None)])
    assert told(streamed) == expected
    assert [told(event) for event in polled] == [expected]
