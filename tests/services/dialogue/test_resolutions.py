"""How long matters took: from the customer's first word until somebody, or silence, closed them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import MessageFactory, UserFactory
from whatsapp.models import Conversation, HourTime, Message, Resolution
from whatsapp.services import conversations
from whatsapp.services.dialogue import sla
from whatsapp.services.statistics import rollup

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return datetime.now(tz=UTC)


def asked(at: datetime, **given) -> Message:
    return MessageFactory(received=True, created_at=at, happened_at=at, **given)


def test_matter_lasts_from_the_first_question_to_its_resolution(now):
    agent = UserFactory()
    thread = asked(now - 3 * HOUR).conversation
    asked(now - HOUR, conversation=thread)
    Conversation.objects.filter(pk=thread.pk).update(assigned_to=agent)

    conversations.resolve(conversation_id=thread.pk, by_id=UserFactory().pk)
    rollup.roll_up(now=now)

    row = HourTime.objects.get(clock="resolution")
    assert (row.user_id, row.n) == (agent.pk, 1)
    assert row.seconds == pytest.approx(3 * 3600, abs=60)


def test_matter_of_nobody_is_whose_who_closed_it(now):
    thread = asked(now - HOUR).conversation
    closer = UserFactory()

    conversations.resolve(conversation_id=thread.pk, by_id=closer.pk)

    assert Resolution.objects.get().user_id == closer.pk


def test_matter_closed_for_silence_ended_with_its_last_message(now):
    question = asked(now - 40 * HOUR)
    last = now - 30 * HOUR
    Conversation.objects.filter(pk=question.conversation_id).update(last_message_at=last)

    sla.monitor(now=now)

    found = Resolution.objects.get()
    assert (found.began_at, found.resolved_at) == (question.happened_at, last)


def test_matter_reopened_by_mistake_is_not_resolved_twice(now):
    question = asked(now - 3 * HOUR)

    for _ in range(2):
        conversations.resolve(conversation_id=question.conversation_id)
        conversations.reopen(conversation_id=question.conversation_id)

    assert Resolution.objects.count() == 1


def test_next_question_begins_another_matter(now):
    thread = asked(now - 3 * HOUR).conversation
    conversations.resolve(conversation_id=thread.pk)
    conversations.reopen(conversation_id=thread.pk)
    second = asked(datetime.now(tz=UTC), conversation=thread)

    conversations.resolve(conversation_id=thread.pk)

    assert Resolution.objects.count() == 2
    assert Resolution.objects.latest("pk").began_at == second.happened_at


def test_conversation_in_which_the_customer_said_nothing_is_no_matter(now):
    asked(now, message_type="REACTION")
    thread = MessageFactory(conversation=Message.objects.get().conversation).conversation

    conversations.resolve(conversation_id=thread.pk)

    assert not Resolution.objects.exists()
