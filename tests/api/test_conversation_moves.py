"""The moves of an agent over the API, and what they leave on the conversation."""

from __future__ import annotations

import pytest

from tests.factories import ConversationFactory, MessageFactory, UserFactory
from whatsapp.models import ConversationNote, OutboxItem

pytestmark = pytest.mark.django_db
CONVERSATIONS = "/api/v1/whatsapp/conversations"


def test_agent_takes_a_conversation_and_gives_it_back(agent, agent_user):
    conversation = ConversationFactory()
    path = f"{CONVERSATIONS}/{conversation.pk}/assign"

    taken = agent.post(path, {"user_id": agent_user.pk}, format="json")
    given_back = agent.post(path, {"user_id": None}, format="json")

    assert (taken.status_code, taken.json()["status"]) == (200, "ASSIGNED")
    assert taken.json()["assigned_to"]["id"] == agent_user.pk
    assert (given_back.json()["status"], given_back.json()["assigned_to"]) == ("OPEN", None)


def test_conversation_cannot_be_given_to_who_may_not_reply(agent):
    conversation = ConversationFactory()

    response = agent.post(
        f"{CONVERSATIONS}/{conversation.pk}/assign", {"user_id": UserFactory().pk}, format="json"
    )

    assert response.status_code == 400
    assert response.json()["error"]["details"]["fields"] == {
        "user_id": ["This user does not answer conversations."]
    }
    conversation.refresh_from_db()
    assert conversation.assigned_to_id is None


def test_life_of_a_conversation_over_the_api(supervisor):
    path = f"{CONVERSATIONS}/{ConversationFactory().pk}"

    statuses = [
        supervisor.post(f"{path}/{move}").json()["status"]
        for move in ("resolve", "reopen", "resolve", "archive")
    ]

    assert statuses == ["RESOLVED", "OPEN", "RESOLVED", "ARCHIVED"]


def test_move_the_rules_forbid_is_refused_with_its_reason(agent):
    conversation = ConversationFactory(status="ARCHIVED")

    response = agent.post(f"{CONVERSATIONS}/{conversation.pk}/reopen")

    assert response.status_code == 422
    error = response.json()["error"]
    assert (error["code"], error["details"]) == (
        "conversation_closed",
        {"reason": "archived", "status": "ARCHIVED"},
    )


@pytest.mark.parametrize("move", ["resolve", "read", "typing", "reopen"])
def test_move_of_a_conversation_that_does_not_exist_is_not_found(agent, move):
    assert agent.post(f"{CONVERSATIONS}/404/{move}").status_code == 404


def test_reading_clears_the_unread_count_and_tells_the_customer(agent):
    conversation = ConversationFactory(unread_count=1)
    message = MessageFactory(conversation=conversation, received=True)

    response = agent.post(f"{CONVERSATIONS}/{conversation.pk}/read")

    assert (response.status_code, response.json()["unread_count"]) == (200, 0)
    receipt = OutboxItem.objects.get()
    assert (receipt.kind, receipt.message_id) == ("READ_RECEIPT", message.pk)


def test_typing_is_shown_to_the_customer(agent):
    message = MessageFactory(received=True)

    response = agent.post(f"{CONVERSATIONS}/{message.conversation_id}/typing")

    assert (response.status_code, response.content) == (204, b"")
    row = OutboxItem.objects.get()
    assert (row.kind, row.message_id) == ("TYPING", message.pk)


def test_typing_that_nobody_would_see_is_no_error(agent):
    conversation = ConversationFactory()

    assert agent.post(f"{CONVERSATIONS}/{conversation.pk}/typing").status_code == 204

    assert not OutboxItem.objects.exists()


def test_priority_and_tags_are_set(agent):
    path = f"{CONVERSATIONS}/{ConversationFactory().pk}"

    agent.post(f"{path}/priority", {"priority": "HIGH"}, format="json")
    response = agent.post(f"{path}/tags", {"tags": ["#Retur", "retur", "VIP"]}, format="json")

    assert (response.json()["priority"], response.json()["tags"]) == ("HIGH", ["retur", "vip"])


@pytest.mark.parametrize(
    ("move", "given", "field"),
    [
        ("priority", {"priority": "SOON"}, "priority"),
        ("tags", {"tags": ["x" * 41]}, "tags"),
        ("tags", {"tags": ["x"] * 21}, "tags"),
        ("tags", {}, "tags"),
        ("assign", {}, "user_id"),
        ("notes", {"text": " "}, "text"),
    ],
)
def test_setting_of_nonsense_changes_nothing(agent, move, given, field):
    conversation = ConversationFactory()

    response = agent.post(f"{CONVERSATIONS}/{conversation.pk}/{move}", given, format="json")

    assert response.status_code == 400
    assert set(response.json()["error"]["details"]["fields"]) == {field}
    conversation.refresh_from_db()
    assert (conversation.priority, conversation.tags) == ("NORMAL", [])


def test_note_is_kept_with_its_author_and_listed(agent, agent_user):
    conversation = ConversationFactory()
    path = f"{CONVERSATIONS}/{conversation.pk}/notes"

    made = agent.post(path, {"text": "Sună luni."}, format="json")
    listed = agent.get(path)

    assert made.status_code == 201
    note = ConversationNote.objects.get()
    assert (note.author_id, note.conversation_id) == (agent_user.pk, conversation.pk)
    assert made.json()["author"] == {"id": agent_user.pk, "name": str(agent_user)}
    assert listed.json()["results"] == [made.json()]
