"""A conversation that is handed to a colleague: who saw it is told so, and nobody else."""

from __future__ import annotations

import time

import pytest

from cypher_erp import asgi
from tests.api.streams import PATH, listening, told
from tests.factories import ConversationFactory, UserFactory
from tests.webhooks.doors import serving
from whatsapp.services import conversations
from whatsapp.services.shared import change_log

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server():
    with serving("handings", asgi.application, timeout_graceful_shutdown=1) as served:
        yield served


@pytest.fixture
def user():
    return UserFactory(agent=True, role="user")


@pytest.fixture
def own(settings) -> None:
    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}


def hidden(conversation) -> tuple[str, list]:
    return "conversation_hidden", [(conversation.pk, None)]


def assigned(conversation) -> tuple[str, list]:
    return "conversation_assigned", [(conversation.pk, None)]


def polled(client, start: str, count: int = 0) -> list[dict]:
    """Poll on from a position until so many events have come, and once more for one too many."""
    heard: list[dict] = []
    deadline = time.monotonic() + 10
    while len(heard) < count and time.monotonic() < deadline:
        answer = client.get(PATH, {"wait": 5, "after": start}).json()
        heard, start = [*heard, *answer["events"]], answer["next"]
    return [*heard, *client.get(PATH, {"wait": 1, "after": start}).json()["events"]]


def test_who_loses_a_conversation_is_told_once_and_nothing_of_what_follows(
    own, server, client_of, user
):
    colleague = UserFactory(agent=True, role="user")
    row = ConversationFactory(assigned_to=user, status="ASSIGNED")
    client = client_of(user)
    start = client.get(PATH, {"wait": 0}).json()["next"]

    with listening(server, user) as stream:
        conversations.assign(conversation_id=row.pk, user_id=colleague.pk)
        conversations.set_tags(conversation_id=row.pk, tags=["secret"])
        streamed = stream.event()
        position = stream.position
        ConversationFactory()
        conversations.set_tags(conversation_id=ConversationFactory().pk, tags=["vip"])
        after = stream.event()
    events = polled(client, start, 2)

    assert told(streamed) == hidden(row)
    assert set(streamed) == {"id", "type", "at", "items"}
    assert after["type"] == "conversation_changed"
    assert [told(event) for event in events] == [hidden(row), told(after)]
    assert [event["id"] for event in events].count(streamed["id"]) == 1
    assert hidden(row) not in [told(event) for event in polled(client, position)]


def test_handed_away_and_back_and_away_is_told_each_time_in_order(own, client_of, user):
    colleague = UserFactory(agent=True, role="user")
    row = ConversationFactory(assigned_to=user, status="ASSIGNED")
    client = client_of(user)
    start = live = client.get(PATH, {"wait": 0}).json()["next"]
    heard = []
    for whose in (colleague, user, colleague):
        conversations.assign(conversation_id=row.pk, user_id=whose.pk)
        answer = client.get(PATH, {"wait": 5, "after": live}).json()
        heard += map(told, answer["events"])
        live = answer["next"]

    late = [told(event) for event in polled(client, start, 2)]

    assert heard == [hidden(row), assigned(row), hidden(row)]
    assert late == [hidden(row), hidden(row)]  # that it was back is nothing to show any more
    conversations.assign(conversation_id=row.pk, user_id=user.pk)
    back = [told(event) for event in polled(client, start, 6)]
    there, gone = assigned(row), hidden(row)
    assert back == [there, gone, there, there, gone, there], "the last word is what is so"


def test_what_was_nobodys_is_told_to_all_who_saw_it_but_not_to_who_takes_it(own, client_of, user):
    taker = UserFactory(agent=True, role="user")
    row = ConversationFactory()
    start = str(change_log.here())

    conversations.assign(conversation_id=row.pk, user_id=taker.pk)

    assert [told(event) for event in polled(client_of(user), start, 1)] == [hidden(row)]
    assert [told(event) for event in polled(client_of(taker), start, 1)] == [assigned(row)]


def test_nothing_is_told_of_conversations_that_one_never_saw(own, client_of, user):
    one, other = (UserFactory(agent=True, role="user") for _ in range(2))
    row = ConversationFactory(assigned_to=one, status="ASSIGNED")
    start = str(change_log.here())

    conversations.assign(conversation_id=row.pk, user_id=other.pk)

    assert polled(client_of(user), start) == []
    assert [told(event) for event in polled(client_of(one), start, 1)] == [hidden(row)]


def test_who_sees_all_is_told_of_no_hiding(own, client_of, user, settings):
    supervisor = UserFactory(supervisor=True)
    row = ConversationFactory()
    start = str(change_log.here())

    conversations.assign(conversation_id=row.pk, user_id=user.pk)
    seen = [told(event) for event in polled(client_of(supervisor), start, 1)]
    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "all"}

    assert seen == [assigned(row)]
    other = UserFactory(agent=True, role="user")
    assert [told(event) for event in polled(client_of(other), start, 1)] == [assigned(row)]
