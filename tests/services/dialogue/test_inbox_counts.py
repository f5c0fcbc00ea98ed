"""Counts of the inbox: asked of the database once, and again when something moved."""

from __future__ import annotations

import pytest

from tests.factories import ConversationFactory, UserFactory
from whatsapp.models import Conversation
from whatsapp.services import conversations
from whatsapp.services.dialogue import inbox_counts

pytestmark = pytest.mark.django_db


class Counter:
    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> dict[str, int]:
        self.asked += 1
        return {"active": Conversation.objects.active().count()}


def test_second_look_asks_nobody():
    user, count = UserFactory(agent=True), Counter()

    looks = [inbox_counts.counted(user=user, count=count) for _ in range(3)]

    assert (looks, count.asked) == ([{"active": 0}] * 3, 1)


def test_each_agent_has_counts_of_their_own():
    count = Counter()

    for user in (UserFactory(agent=True), UserFactory(agent=True)):
        inbox_counts.counted(user=user, count=count)

    assert count.asked == 2


def test_what_somebody_does_is_counted_at_once(django_capture_on_commit_callbacks):
    user, count = UserFactory(agent=True), Counter()
    conversation = ConversationFactory()
    before = inbox_counts.counted(user=user, count=count)

    with django_capture_on_commit_callbacks(execute=True):
        conversations.resolve(conversation_id=conversation.pk)
    after = inbox_counts.counted(user=user, count=count)

    assert (before, after) == ({"active": 1}, {"active": 0})


def test_counts_of_who_sees_less_are_others(settings):
    user, count = UserFactory(agent=True), Counter()
    inbox_counts.counted(user=user, count=count)

    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}
    inbox_counts.counted(user=user, count=count)

    assert count.asked == 2


def test_without_the_cache_they_are_counted_each_time(dead_cache):
    user, count = UserFactory(agent=True), Counter()

    looks = [inbox_counts.counted(user=user, count=count) for _ in range(2)]
    conversations.resolve(conversation_id=ConversationFactory().pk)

    assert (looks, count.asked) == ([{"active": 0}] * 2, 2)
