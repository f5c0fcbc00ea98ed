"""What agents do with a conversation, and what they may not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.dispatch import Signal
from django.utils import timezone

from tests.factories import ConversationFactory, MessageFactory, UserFactory
from whatsapp import signals
from whatsapp.errors import ConversationClosedError, NotFoundError, ValidationError
from whatsapp.models import Conversation, ConversationNote, Message, OutboxItem
from whatsapp.services import conversations

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@contextmanager
def hearing(signal: Signal) -> Iterator[list[list[int]]]:
    heard: list[list[int]] = []

    def receiver(*, conversation_ids: list[int], **_: Any) -> None:
        heard.append(conversation_ids)

    signal.connect(receiver)
    yield heard
    signal.disconnect(receiver)


def test_assigning_gives_the_conversation_to_an_agent_and_announces_it():
    conversation, agent = ConversationFactory(), UserFactory(agent=True)

    with hearing(signals.conversation_assigned) as heard:
        conversations.assign(conversation_id=conversation.pk, user_id=agent.pk)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.assigned_to_id) == ("ASSIGNED", agent.pk)
    assert conversation.assigned_at is not None
    assert heard == [[conversation.pk]]


def test_assigning_to_the_same_agent_again_announces_nothing():
    agent = UserFactory(agent=True)
    conversation = ConversationFactory(status="ASSIGNED", assigned_to=agent)

    with hearing(signals.conversation_assigned) as heard:
        conversations.assign(conversation_id=conversation.pk, user_id=agent.pk)

    assert heard == []


def test_unassigning_makes_it_open_for_everybody():
    conversation = ConversationFactory(status="ASSIGNED", assigned_to=UserFactory(agent=True))

    with hearing(signals.conversation_assigned) as heard:
        conversations.assign(conversation_id=conversation.pk, user_id=None)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.assigned_to_id) == ("OPEN", None)
    assert conversation.assigned_at is None
    assert heard == []


@pytest.mark.parametrize("who", ["stranger", "inactive", "nobody"])
def test_only_active_users_who_may_reply_get_conversations(who):
    users = {
        "stranger": lambda: UserFactory().pk,
        "inactive": lambda: UserFactory(agent=True, is_active=False).pk,
        "nobody": lambda: 999_999,
    }
    conversation, user_id = ConversationFactory(), users[who]()

    with pytest.raises(ValidationError) as refused:
        conversations.assign(conversation_id=conversation.pk, user_id=user_id)

    assert refused.value.details == {"field": "user_id"}
    conversation.refresh_from_db()
    assert (conversation.status, conversation.assigned_to_id) == ("OPEN", None)


def test_resolving_ends_the_wait_and_is_announced_once():
    conversation = ConversationFactory(
        waiting_since=timezone.now(), response_due_at=timezone.now() + timedelta(hours=2)
    )

    with hearing(signals.conversation_resolved) as heard:
        conversations.resolve(conversation_id=conversation.pk)
        conversations.resolve(conversation_id=conversation.pk)

    conversation.refresh_from_db()
    assert conversation.status == "RESOLVED"
    assert conversation.resolved_at is not None
    assert (conversation.waiting_since, conversation.response_due_at) == (None, None)
    assert heard == [[conversation.pk]]


def test_reopening_puts_it_back_among_the_unassigned():
    conversation = ConversationFactory(
        status="RESOLVED", resolved_at=NOW, assigned_to=UserFactory(agent=True)
    )

    conversations.reopen(conversation_id=conversation.pk)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.assigned_to_id) == ("OPEN", None)
    assert conversation.resolved_at is None


def test_reopening_an_assigned_one_leaves_it_with_its_agent():
    agent = UserFactory(agent=True)
    conversation = ConversationFactory(status="ASSIGNED", assigned_to=agent)

    conversations.reopen(conversation_id=conversation.pk)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.assigned_to_id) == ("ASSIGNED", agent.pk)


@pytest.mark.parametrize(
    ("move", "status", "reason"),
    [
        ("assign", "RESOLVED", "resolved"),
        ("assign", "ARCHIVED", "archived"),
        ("resolve", "ARCHIVED", "archived"),
        ("reopen", "ARCHIVED", "archived"),
        ("archive", "OPEN", "not_resolved"),
        ("archive", "ASSIGNED", "not_resolved"),
    ],
)
def test_moves_the_rules_forbid_change_nothing(move, status, reason):
    conversation = ConversationFactory(status=status)
    given = {"user_id": None} if move == "assign" else {}

    with pytest.raises(ConversationClosedError) as refused:
        getattr(conversations, move)(conversation_id=conversation.pk, **given)

    assert refused.value.details == {"reason": reason, "status": status}
    conversation.refresh_from_db()
    assert conversation.status == status


@pytest.mark.parametrize("move", ["resolve", "reopen", "archive", "mark_read"])
def test_conversation_that_does_not_exist_is_not_found(move):
    with pytest.raises(NotFoundError):
        getattr(conversations, move)(conversation_id=404)


def test_archiving_twice_keeps_the_first_time():
    conversation = ConversationFactory(status="ARCHIVED", archived_at=NOW)

    conversations.archive(conversation_id=conversation.pk)

    conversation.refresh_from_db()
    assert conversation.archived_at == NOW


def test_reading_marks_the_customers_messages_and_queues_one_receipt_for_the_newest():
    conversation = ConversationFactory(unread_count=2)
    older, newer = (
        MessageFactory(
            conversation=conversation, received=True, happened_at=NOW + timedelta(seconds=second)
        )
        for second in (1, 2)
    )
    ours = MessageFactory(conversation=conversation)

    count = conversations.mark_read(conversation_id=conversation.pk)

    assert count == 2
    conversation.refresh_from_db()
    assert conversation.unread_count == 0
    read = Message.objects.exclude(read_at=None).values_list("pk", flat=True)
    assert set(read) == {older.pk, newer.pk}
    assert ours.pk not in read
    receipt = OutboxItem.objects.get()
    assert (receipt.kind, receipt.message_id) == ("READ_RECEIPT", newer.pk)


def test_reading_what_is_read_already_queues_nothing():
    conversation = ConversationFactory(unread_count=0)
    MessageFactory(conversation=conversation, received=True)

    assert conversations.mark_read(conversation_id=conversation.pk) == 0

    assert not OutboxItem.objects.exists()


def test_priority_is_set_and_an_unknown_one_is_refused():
    conversation = ConversationFactory()

    conversations.set_priority(conversation_id=conversation.pk, priority="HIGH")
    with pytest.raises(ValidationError) as refused:
        conversations.set_priority(conversation_id=conversation.pk, priority="SOON")

    assert refused.value.details["field"] == "priority"
    conversation.refresh_from_db()
    assert conversation.priority == "HIGH"


def test_tags_are_cleaned_and_replace_what_was_there():
    conversation = ConversationFactory(tags=["veche"])

    conversations.set_tags(conversation_id=conversation.pk, tags=["#Livrare ", "livrare", "VIP"])

    conversation.refresh_from_db()
    assert conversation.tags == ["livrare", "vip"]


@pytest.mark.parametrize(
    "tags", [["  "], ["x" * 41], [f"t{n}" for n in range(21)]], ids=["blank", "long", "many"]
)
def test_tags_that_cannot_be_kept_change_nothing(tags):
    conversation = ConversationFactory(tags=["veche"])

    with pytest.raises(ValidationError):
        conversations.set_tags(conversation_id=conversation.pk, tags=tags)

    conversation.refresh_from_db()
    assert conversation.tags == ["veche"]


def test_note_keeps_its_author():
    conversation, agent = ConversationFactory(), UserFactory(agent=True)

    note = conversations.add_note(
        conversation_id=conversation.pk, author_id=agent.pk, text=" Sună luni. "
    )

    note.refresh_from_db()
    assert (note.text, note.author_id) == ("Sună luni.", agent.pk)


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001], ids=["empty", "blank", "endless"])
def test_empty_or_endless_note_is_refused(text):
    conversation, agent = ConversationFactory(), UserFactory(agent=True)

    with pytest.raises(ValidationError):
        conversations.add_note(conversation_id=conversation.pk, author_id=agent.pk, text=text)

    assert not ConversationNote.objects.exists()


def test_what_was_resolved_a_week_ago_is_archived_and_the_rest_stays():
    old = ConversationFactory(status="RESOLVED", resolved_at=NOW - timedelta(days=7, seconds=1))
    fresh = ConversationFactory(status="RESOLVED", resolved_at=NOW - timedelta(days=7))
    busy = ConversationFactory(status="OPEN")

    count = conversations.archive_resolved(now=NOW)

    assert count == 1
    statuses = dict(Conversation.objects.values_list("pk", "status"))
    assert statuses == {old.pk: "ARCHIVED", fresh.pk: "RESOLVED", busy.pk: "OPEN"}
    old.refresh_from_db()
    assert old.archived_at == NOW
