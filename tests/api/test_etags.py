"""Two agents and one conversation: the second one is told, and overwrites nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from tests.factories import ConversationFactory, UserFactory
from whatsapp.models import Conversation

pytestmark = pytest.mark.django_db
CONVERSATIONS = "/api/v1/whatsapp/conversations"


def tag_of(client, conversation: Conversation) -> str:
    return client.get(f"{CONVERSATIONS}/{conversation.pk}")["ETag"]


def post(client, conversation: Conversation, action: str, body=None, *, tag: str | None = None):
    headers = {} if tag is None else {"HTTP_IF_MATCH": tag}
    path = f"{CONVERSATIONS}/{conversation.pk}/{action}"
    return client.post(path, body or {}, format="json", **headers)


MOVES = [
    ("assign", {"user_id": None}, "ASSIGNED"),
    ("resolve", {}, "OPEN"),
    ("reopen", {}, "RESOLVED"),
    ("archive", {}, "RESOLVED"),
    ("priority", {"priority": "LOW"}, "OPEN"),
    ("tags", {"tags": ["nou"]}, "OPEN"),
]


@pytest.mark.parametrize(("action", "body", "status"), MOVES)
def test_move_is_refused_when_another_came_between(supervisor, action, body, status):
    conversation = ConversationFactory(status=status, tags=["vechi"])
    seen = tag_of(supervisor, conversation)
    Conversation.objects.update(priority="URGENT")

    response = post(supervisor, conversation, action, body, tag=seen)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (412, "precondition_failed")
    assert error["details"] == {
        "status": status,
        "assigned_to": None,
        "priority": "URGENT",
        "tags": ["vechi"],
    }
    conversation.refresh_from_db()
    assert (conversation.status, conversation.priority) == (status, "URGENT")
    assert conversation.tags == ["vechi"]


@pytest.mark.parametrize(("action", "body", "status"), MOVES)
@pytest.mark.parametrize("spelling", ["{}", "W/{}", '"other", {}', "*", None])
def test_move_is_done_when_none_came_between(supervisor, action, body, status, spelling):
    conversation = ConversationFactory(status=status)
    tag = spelling and spelling.format(tag_of(supervisor, conversation))

    response = post(supervisor, conversation, action, body, tag=tag)

    assert response.status_code == 200


@pytest.mark.parametrize("tag", ['"other"', "rubbish", '"."', ""])
def test_tag_that_is_none_of_ours_matches_nothing(supervisor, tag):
    conversation = ConversationFactory()

    assert post(supervisor, conversation, "resolve", tag=tag).status_code == 412


def test_message_that_came_meanwhile_is_no_reason_to_refuse(supervisor):
    conversation = ConversationFactory()
    seen = tag_of(supervisor, conversation)
    Conversation.objects.update(unread_count=1, last_message_preview="Alo?")

    assert tag_of(supervisor, conversation) != seen
    assert post(supervisor, conversation, "resolve", tag=seen).status_code == 200


def test_there_and_back_again_is_another_state(supervisor):
    user = UserFactory(agent=True)
    conversation = ConversationFactory()
    post(supervisor, conversation, "assign", {"user_id": user.pk})
    seen = tag_of(supervisor, conversation)
    post(supervisor, conversation, "assign", {"user_id": None})
    post(supervisor, conversation, "assign", {"user_id": user.pk})

    assert post(supervisor, conversation, "resolve", tag=seen).status_code == 412


def test_answer_of_a_move_has_the_tag_for_the_next(supervisor):
    conversation = ConversationFactory()

    first = post(supervisor, conversation, "priority", {"priority": "HIGH"})
    second = post(supervisor, conversation, "resolve", tag=first["ETag"])

    assert second.status_code == 200
    assert second["ETag"] == tag_of(supervisor, conversation)


def test_who_has_it_already_gets_no_body(supervisor):
    conversation = ConversationFactory()
    tag = tag_of(supervisor, conversation)
    path = f"{CONVERSATIONS}/{conversation.pk}"

    same = supervisor.get(path, HTTP_IF_NONE_MATCH=f'"x", W/{tag}')
    Conversation.objects.update(unread_count=3)
    changed = supervisor.get(path, HTTP_IF_NONE_MATCH=tag)
    expanded = supervisor.get(f"{path}?expand=order", HTTP_IF_NONE_MATCH=changed["ETag"])

    assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    assert changed.status_code == 200
    assert expanded.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_agents_racing_for_a_conversation_one_wins():
    agents = [UserFactory(agent=True) for _ in range(4)]
    conversation = ConversationFactory()
    clients = []
    for user in agents:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(user)}")
        clients.append(client)
    seen = tag_of(clients[0], conversation)
    barrier = Barrier(4)

    def take(place: int) -> int:
        barrier.wait()
        try:
            body = {"user_id": agents[place].pk}
            return post(clients[place], conversation, "assign", body, tag=seen).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(take, range(4)))

    assert sorted(statuses) == [200, 412, 412, 412]
    conversation.refresh_from_db()
    assert conversation.assigned_to == agents[statuses.index(200)]
