"""Searching over the API: messages page by page, conversations among other filters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from tests.factories import ConversationFactory, MessageFactory
from whatsapp.models import Message

pytestmark = pytest.mark.django_db
CONVERSATIONS = "/api/v1/whatsapp/conversations"
MESSAGES = "/api/v1/whatsapp/messages"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def ids(response) -> list[int]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def faults(response) -> dict[str, list[str]]:
    assert response.status_code == 400, response.content
    return response.json()["error"]["details"]["fields"]


def say(text: str, **values) -> int:
    return MessageFactory(message_text=text, **values).pk


def test_hits_come_newest_first_and_pages_stay_while_more_is_said(agent):
    hits = [say("Comanda mea") for _ in range(5)]
    say("Altceva")

    first = agent.get(f"{MESSAGES}?search=comand%C4%83&limit=2")
    say("comanda")
    second = agent.get(first.json()["next"])
    third = agent.get(second.json()["next"])

    assert ids(first) + ids(second) + ids(third) == hits[::-1]
    assert third.json()["next"] is None


def test_search_joins_with_the_other_filters(agent):
    ours, theirs = say("comanda"), say("comanda", received=True)

    assert ids(agent.get(f"{MESSAGES}?search=comanda&direction=SENT")) == [ours]
    thread = Message.objects.get(pk=theirs).conversation_id
    assert ids(agent.get(f"{MESSAGES}?search=comanda&conversation={thread}")) == [theirs]


def test_each_wording_is_found_and_nothing_that_was_deleted(agent):
    edited, deleted = say("Vreau lampa", received=True), say("Vreau lampa", received=True)
    thread = Message.objects.get(pk=edited).conversation
    wording = say(
        "Vreau becul",
        message_type="EDIT",
        reply_to_id=edited,
        received=True,
        conversation=thread,
    )
    say("", message_type="REVOKE", reply_to_id=deleted, received=True)

    assert ids(agent.get(f"{MESSAGES}?search=lampa")) == [edited]
    assert ids(agent.get(f"{MESSAGES}?search=becul")) == [wording]
    assert ids(agent.get(f"{CONVERSATIONS}?search=becul")) == [thread.pk]
    assert ids(agent.get(f"{CONVERSATIONS}?search=lampa")) == [thread.pk]


@pytest.mark.parametrize("path", [MESSAGES, CONVERSATIONS])
@pytest.mark.parametrize("text", ["a", "x" * 201, "x" * 10_000, "a\0b", " b "])
def test_nonsense_is_named(agent, path, text):
    assert set(faults(agent.get(path, {"search": text}))) == {"search"}


@pytest.mark.parametrize("path", [MESSAGES, CONVERSATIONS])
@pytest.mark.parametrize(
    "text", ["a & b", "(x|y", "'; drop table x; --", "q:*", "<->", "\\'", "ab:A*", "!!", "🙂🙂"]
)
def test_operators_are_only_signs(agent, path, text):
    say("Bună ziua")

    assert ids(agent.get(path, {"search": text})) == []


def test_any_part_is_found_in_a_conversation_or_in_a_time(agent):
    message = say("Motocultorul")
    row = Message.objects.get(pk=message)
    day = {
        "created_after": (timezone.now() - timedelta(hours=1)).isoformat(),
        "created_before": (timezone.now() + timedelta(hours=1)).isoformat(),
    }

    in_thread = agent.get(MESSAGES, {"contains": "CULTOR", "conversation": row.conversation_id})
    in_time = agent.get(MESSAGES, {"contains": "cultor", **day})

    assert ids(in_thread) == ids(in_time) == [message]
    assert ids(agent.get(MESSAGES, {"contains": "motorul", **day})) == []


def test_any_part_of_all_there_is_is_refused_in_words(agent):
    say("Motocultorul")

    told = faults(agent.get(f"{MESSAGES}?contains=cultor"))

    assert told["contains"][0].startswith("Name a `conversation`, or a time")


def test_strangers_find_nothing(stranger, anonymous):
    for path in (MESSAGES, CONVERSATIONS):
        assert stranger.get(f"{path}?search=comanda").status_code == 403
        assert anonymous.get(f"{path}?search=comanda").status_code == 401


class TestFiltersOfConversations:
    def test_by_how_long_the_customer_may_still_wait(self, agent):
        now = timezone.now()

        def waiting(minutes: int, **values) -> int:
            due = now + timedelta(minutes=minutes)
            return ConversationFactory(response_due_at=due, waiting_since=now, **values).pk

        late, soon, calm = waiting(-1), waiting(10), waiting(60)
        waiting(-1, status="RESOLVED")
        ConversationFactory()

        states = {state: ids(agent.get(f"{CONVERSATIONS}?sla={state}")) for state in SLA}
        assert states == {"ok": [calm], "due": [soon], "breached": [late]}

    def test_by_window_over_all_of_a_contact(self, agent):
        now = timezone.now()
        yesterday = now - timedelta(hours=25)
        open_ = ConversationFactory(last_inbound_at=now, last_message_at=now)
        sibling = ConversationFactory(
            number=open_.number,
            contact=open_.contact,
            status="ARCHIVED",
            last_inbound_at=None,
            last_message_at=yesterday,
        )
        closed = ConversationFactory(last_inbound_at=yesterday, last_message_at=now)

        assert set(ids(agent.get(f"{CONVERSATIONS}?window_open=true"))) == {open_.pk, sibling.pk}
        assert ids(agent.get(f"{CONVERSATIONS}?window_open=false")) == [closed.pk]

    def test_by_times_from_and_until(self, agent):
        first = ConversationFactory(last_message_at=NOON)
        second = ConversationFactory(last_message_at=NOON + timedelta(hours=1))
        after, before = quote(NOON.isoformat()), quote((NOON + timedelta(hours=1)).isoformat())

        path = f"{CONVERSATIONS}?last_message_after={after}"
        assert ids(agent.get(path)) == [second.pk, first.pk]
        assert ids(agent.get(f"{path}&last_message_before={before}")) == [first.pk]
        assert ids(agent.get(f"{CONVERSATIONS}?created_before={after}")) == []
        assert len(ids(agent.get(f"{CONVERSATIONS}?created_after={after}"))) == 2

    def test_filters_join(self, agent, agent_user):
        values = {"assigned_to": agent_user, "status": "ASSIGNED", "tags": ["vip"]}
        mine = ConversationFactory(**values, unread_count=1, priority="HIGH")
        ConversationFactory(**values)
        ConversationFactory(tags=["vip"], unread_count=1, priority="HIGH")
        MessageFactory(conversation=mine, message_text="comanda")

        query = "assigned_to=me&tag=vip&unread=true&priority=HIGH&search=comanda&window_open=true"
        assert ids(agent.get(f"{CONVERSATIONS}?{query}")) == [mine.pk]
        assert ids(agent.get(f"{CONVERSATIONS}?{query}&status=OPEN")) == []

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("sla=late", "sla"),
            ("window_open=perhaps", "window_open"),
            ("created_after=yesterday", "created_after"),
            (
                "created_after=2026-02-01T00:00Z&created_before=2026-01-01T00:00Z",
                "created_before",
            ),
            (
                "last_message_after=2026-02-01T00:00Z&last_message_before=2026-02-01T00:00Z",
                "last_message_before",
            ),
        ],
    )
    def test_nonsense_is_named(self, agent, query, field):
        assert set(faults(agent.get(f"{CONVERSATIONS}?{query}"))) == {field}


SLA = ("ok", "due", "breached")
