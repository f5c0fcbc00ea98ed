"""Messages over the API: listed, told in detail, sent again, called back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.messages import MESSAGES, fields_at_fault
from tests.factories import ConversationFactory, MessageFactory, OutboxItemFactory
from tests.sending import nothing_was_written
from whatsapp.models import MessageAttempt, OutboxItem

pytestmark = pytest.mark.django_db


def test_failed_message_is_sent_again(agent):
    message = MessageFactory(delivery_status="FAILED", error_code=131000, error_text="Trouble")
    OutboxItemFactory(message=message, state="FAILED")
    shown = agent.get(f"{MESSAGES}/{message.pk}").json()

    response = agent.post(f"{MESSAGES}/{message.pk}/retry")

    assert shown["error"] == {"code": 131000, "text": "Trouble"}
    assert response.status_code == 202
    assert (response.json()["status"], response.json()["error"]) == ("PENDING", None)
    assert OutboxItem.objects.get().state == "PENDING"


def test_waiting_message_is_called_back(agent):
    message = OutboxItemFactory().message

    response = agent.post(f"{MESSAGES}/{message.pk}/cancel")

    assert (response.status_code, response.json()["status"]) == (200, "CANCELLED")
    assert not OutboxItem.objects.exists()


@pytest.mark.parametrize("move", ["retry", "cancel"])
def test_message_that_is_gone_can_neither_be_repeated_nor_called_back(agent, move):
    message = MessageFactory(delivery_status="READ")

    response = agent.post(f"{MESSAGES}/{message.pk}/{move}")

    assert response.status_code == 422
    assert response.json()["error"]["code"] == "message_not_deliverable"
    message.refresh_from_db()
    assert message.delivery_status == "READ"


def test_messages_are_listed_newest_first_and_filtered(agent):
    conversation = ConversationFactory()
    received = MessageFactory(conversation=conversation, received=True)
    failed = MessageFactory(conversation=conversation, delivery_status="FAILED")
    elsewhere = MessageFactory(message_type="TEMPLATE", delivery_status="READ")

    def ids(query: str) -> list[int]:
        return [row["id"] for row in agent.get(f"{MESSAGES}?{query}").json()["results"]]

    assert ids("") == [elsewhere.pk, failed.pk, received.pk]
    assert ids(f"conversation={conversation.pk}") == [failed.pk, received.pk]
    assert ids("direction=RECEIVED") == [received.pk]
    assert ids("status=FAILED&status=READ") == [elsewhere.pk, failed.pk]
    assert ids("type=TEMPLATE") == [elsewhere.pk]
    assert ids("created_before=2026-01-01T00:00:00Z") == []
    assert ids("order=404") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=LOST", "status"),
        ("conversation=1e999999999", "conversation"),
        ("conversation=-1", "conversation"),
        ("created_after=ieri", "created_after"),
        ("created_after=9999-12-31T23:59:59-23:59", "created_after"),
        ("created_before=0001-01-01T00:00:00%2B14:00", "created_before"),
    ],
)
def test_filter_of_nonsense_is_named(agent, query, field):
    response = agent.get(f"{MESSAGES}?{query}")

    assert fields_at_fault(response) == {field}


def test_list_asks_as_much_for_many_messages_as_for_one(agent, django_assert_num_queries):
    conversation = ConversationFactory()
    MessageFactory.create_batch(10, conversation=conversation)

    with django_assert_num_queries(4):  # the user, what they may, the page, what hangs on it
        agent.get(MESSAGES)


def test_what_is_scheduled_is_listed_and_called_back(agent):
    conversation = ConversationFactory()
    send_at = datetime.now(tz=UTC) + timedelta(days=2)
    MessageFactory(conversation=conversation, pending=True)
    MessageFactory(conversation=conversation, send_at=send_at, delivery_status="CANCELLED")
    response = agent.post(
        f"{MESSAGES}/send",
        {"conversation": conversation.pk, "text": "Bună!", "send_at": send_at.isoformat()},
        format="json",
    )
    pk = response.json()["id"]

    listed = agent.get(f"{MESSAGES}?scheduled=true").json()["results"]
    others = agent.get(f"{MESSAGES}?scheduled=false").json()["results"]
    called_back = agent.post(f"{MESSAGES}/{pk}/cancel")

    assert [(row["id"], row["status"]) for row in listed] == [(pk, "PENDING")]
    assert datetime.fromisoformat(listed[0]["send_at"]) == send_at
    assert pk not in {row["id"] for row in others}
    assert len(others) == 2
    assert called_back.json()["status"] == "CANCELLED"
    assert not OutboxItem.objects.exists()
    assert agent.get(f"{MESSAGES}?scheduled=true").json()["results"] == []


def test_end_before_the_message_is_due_is_refused(agent):
    conversation = ConversationFactory()
    now = datetime.now(tz=UTC)

    response = agent.post(
        f"{MESSAGES}/send",
        {
            "conversation": conversation.pk,
            "text": "Bună!",
            "send_at": (now + timedelta(hours=2)).isoformat(),
            "expires_at": (now + timedelta(hours=1)).isoformat(),
        },
        format="json",
    )

    assert fields_at_fault(response) == {"expires_at"}
    assert nothing_was_written()


def test_detail_tells_the_attempts_and_that_meta_took_it_twice(agent):
    message = MessageFactory(external_message_id="wamid.2", attempts=2)
    departed_at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    MessageAttempt.objects.create(
        message=message,
        attempt=1,
        outcome="DOUBLED",
        departed_at=departed_at,
        error_text="No clear answer: read timeout",
        wamid="wamid.1",
    )

    body = agent.get(f"{MESSAGES}/{message.pk}").json()

    assert (body["attempts"], body["surprise"]) == (2, True)
    assert body["attempt_log"] == [
        {
            "attempt": 1,
            "outcome": "DOUBLED",
            "departed_at": "2026-11-22T12:00:00Z",
            "error_code": None,
            "error_text": "No clear answer: read timeout",
            "wamid": "wamid.1",
        }
    ]


def test_detail_of_an_ordinary_message_has_no_surprise(agent):
    message = MessageFactory(attempts=2)
    MessageAttempt.objects.create(message=message, attempt=1, outcome="RETRY")

    body = agent.get(f"{MESSAGES}/{message.pk}").json()

    assert body["surprise"] is False
    assert [each["outcome"] for each in body["attempt_log"]] == ["RETRY"]


def test_lists_leave_the_attempts_out(agent):
    MessageFactory()

    (row,) = agent.get(MESSAGES).json()["results"]

    assert not {"attempt_log", "surprise"} & row.keys()
