"""Pages by cursor: nothing is skipped or shown twice while rows are added."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import ConversationFactory, MessageFactory

pytestmark = pytest.mark.django_db
CONVERSATIONS = "/api/v1/whatsapp/conversations"
MESSAGES = "/api/v1/whatsapp/messages"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def ids(response) -> list[int]:
    assert response.status_code == 200
    return [row["id"] for row in response.json()["results"]]


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def test_pages_follow_one_another_to_the_end(agent):
    expected = [
        ConversationFactory(last_message_at=NOON - timedelta(minutes=n)).pk for n in range(5)
    ]

    first = agent.get(f"{CONVERSATIONS}?limit=2&status=OPEN")
    second = agent.get(first.json()["next"])
    third = agent.get(second.json()["next"])

    assert [ids(first), ids(second), ids(third)] == [expected[:2], expected[2:4], expected[4:]]
    assert third.json()["next"] is None


def test_page_that_is_just_full_has_no_next(agent):
    MessageFactory.create_batch(2)

    assert agent.get(f"{MESSAGES}?limit=2").json()["next"] is None


def test_rows_added_between_two_pages_move_nothing(agent):
    conversation = ConversationFactory()
    old = [MessageFactory(conversation=conversation, happened_at=NOON).pk for _ in range(4)]
    thread = f"{CONVERSATIONS}/{conversation.pk}/messages"

    first = agent.get(f"{thread}?limit=2")
    MessageFactory.create_batch(3, conversation=conversation, happened_at=NOON)
    second = agent.get(first.json()["next"])

    assert ids(first) + ids(second) == old[::-1]


def test_conversation_that_moves_up_is_not_missed_below(agent):
    rows = [ConversationFactory(last_message_at=NOON - timedelta(minutes=n)) for n in range(4)]

    first = agent.get(f"{CONVERSATIONS}?limit=2")
    rows[1].last_message_at = NOON + timedelta(minutes=1)
    rows[1].save()
    second = agent.get(first.json()["next"])

    assert ids(second) == [rows[2].pk, rows[3].pk]


def test_next_keeps_the_filters(agent):
    ConversationFactory.create_batch(2, status="RESOLVED")
    ConversationFactory()

    following = agent.get(f"{CONVERSATIONS}?status=RESOLVED&limit=1").json()["next"]

    assert "status=RESOLVED" in following
    assert len(ids(agent.get(following))) == 1


@pytest.mark.parametrize(
    "forged",
    [
        "rubbish",
        "%00",
        cursor(),
        cursor(1),
        cursor("yesterday", 1),
        cursor("2026-11-22T12:00:00", 1),
        cursor("2026-11-22T12:00:00+00:00", "1"),
        cursor("2026-11-22T12:00:00+00:00", True),
        cursor("2026-11-22T12:00:00+00:00", 2**63),
        cursor("2026-11-22T12:00:00+00:00", "2026-11-22T12:00:00+00:00", 1),
        base64.urlsafe_b64encode(b'{"a": 1}').decode(),
        base64.urlsafe_b64encode(b"[" * 3000).decode(),
    ],
)
def test_cursor_we_did_not_give_out_is_a_bad_request(agent, forged):
    response = agent.get(f"{CONVERSATIONS}?cursor={forged}")

    assert response.status_code == 400
    assert set(response.json()["error"]["details"]["fields"]) == {"cursor"}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_cursor_at_the_end_of_time_is_only_an_odd_page(agent, moment):
    assert agent.get(CONVERSATIONS, {"cursor": cursor(moment, 1)}).status_code in (200, 400)


def test_page_has_no_more_than_a_hundred_rows(agent):
    MessageFactory.create_batch(101, conversation=ConversationFactory())

    assert len(ids(agent.get(f"{MESSAGES}?limit=100"))) == 100
    assert len(ids(agent.get(MESSAGES))) == 50


@pytest.mark.parametrize("zone", ["+23:59", "-16:00", "+00:00:00.000001"])
@pytest.mark.parametrize("route", ["?", "?unread=false&", "/{}/messages?"])
def test_zone_that_the_database_does_not_know_is_no_fault_of_ours(agent, zone, route):
    message = MessageFactory(happened_at=NOON)
    address = f"{CONVERSATIONS}{route.format(message.conversation_id)}"

    answer = agent.get(f"{address}cursor={cursor(f'2020-01-01T00:00:00{zone}', 7)}")

    assert ids(answer) == []


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_time_outside_of_all_years_is_no_cursor(agent, time):
    answer = agent.get(CONVERSATIONS, {"cursor": cursor(time, 7)})

    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]["fields"]) == ["cursor"]


@pytest.mark.parametrize("place", [("0001-02-03T00:00:00+00:00", 2**63 - 2), (NOON.isoformat(), 0)])
def test_cursor_of_the_very_values_that_queries_are_compiled_with_is_one_like_others(agent, place):
    message = MessageFactory(happened_at=NOON)
    ConversationFactory(last_message_at=NOON)

    for address in (CONVERSATIONS, f"{CONVERSATIONS}/{message.conversation_id}/messages"):
        assert ids(agent.get(address, {"cursor": cursor(*place)})) == []
