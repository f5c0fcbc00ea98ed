"""Who answers whom, and how soon, counted by the hour of the question."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.factories import ConversationFactory, UserFactory
from tests.services.statistics.counting import HOUR, MINUTE, NOON, at, roll_up
from whatsapp.models import HourTime, Message

pytestmark = pytest.mark.django_db


def answered(**given) -> list[tuple[datetime, int | None, int]]:
    rows = HourTime.objects.filter(clock="answer", bucket__isnull=False, **given)
    return list(rows.order_by("hour").values_list("hour", "user_id", "n"))


def test_answer_days_later_counts_in_the_hour_of_its_question():
    question = at(NOON, received=True)
    roll_up()
    assert answered() == []

    agent = UserFactory()
    at(NOON + 50 * HOUR, conversation=question.conversation, user=agent)
    roll_up()

    assert answered() == [(NOON, agent.pk, 1)]


def test_question_that_comes_late_takes_the_place_of_the_one_after_it():
    second = at(NOON + 2 * HOUR, received=True)
    thread = second.conversation
    at(NOON + 3 * HOUR, conversation=thread, user=UserFactory())
    roll_up()
    assert [hour for hour, *_ in answered()] == [NOON + 2 * HOUR]

    at(NOON, received=True, conversation=thread)
    roll_up()

    assert [hour for hour, *_ in answered()] == [NOON]


def test_thread_that_is_merged_into_another_is_answered_there():
    question = at(NOON, received=True)
    answer = at(NOON + 3 * HOUR, user=UserFactory())
    roll_up()
    assert answered() == []

    Message.objects.filter(pk=answer.pk).update(conversation=question.conversation)
    roll_up()
    assert [hour for hour, *_ in answered()] == [NOON]

    Message.objects.filter(pk=answer.pk).update(conversation=ConversationFactory())
    roll_up()
    assert answered() == []


def test_answer_written_in_the_phone_app_is_one_and_its_deletion_is_none():
    question = at(NOON, received=True)
    for n, kind in enumerate(("REVOKE", "TEXT"), start=1):
        at(
            NOON + n * MINUTE,
            conversation=question.conversation,
            message_type=kind,
            content={"kind": "text", "origin": "phone_app"},
        )

    roll_up()

    assert list(HourTime.objects.values_list("n", "seconds")) == [(1, 120)]


def test_answer_from_the_phone_app_counts_for_a_question_that_was_counted_before():
    question = at(NOON, received=True)
    roll_up()

    at(
        NOON + 30 * HOUR,
        conversation=question.conversation,
        content={"kind": "text", "origin": "phone_app"},
    )
    roll_up()

    assert answered() == [(NOON, None, 1)]


def test_reaction_is_no_question():
    at(NOON, received=True, message_type="REACTION")

    roll_up()

    assert not HourTime.objects.exists()


def test_answer_that_left_later_than_it_was_written_took_longer():
    question = at(NOON, received=True)
    answer = at(NOON + MINUTE, conversation=question.conversation, user=UserFactory())
    roll_up()

    Message.objects.filter(pk=answer.pk).update(happened_at=NOON + 5 * MINUTE)
    roll_up()

    assert list(HourTime.objects.values_list("seconds", flat=True)) == [300]
