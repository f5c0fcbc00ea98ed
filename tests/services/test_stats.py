"""Counts and rates, compared with rows that a person can count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from tests.factories import (
    BusinessNumberFactory,
    ConversationFactory,
    MessageFactory,
    UserFactory,
)
from whatsapp.models import Conversation
from whatsapp.services import stats
from whatsapp.services.stats import DayCount, ResponseStats

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 1, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)
NOON = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SILENCE = ResponseStats(questions=0, answered=0, median=None, p90=None, sla_kept=None)


def said(conversation: Conversation, *, at: datetime, **given):
    return MessageFactory(conversation=conversation, happened_at=at, created_at=at, **given)


def asked(conversation: Conversation, *, at: datetime):
    return said(conversation, at=at, received=True)


@pytest.fixture
def agent():
    return UserFactory()


@pytest.fixture
def thread():
    return ConversationFactory()


def measured(**given) -> stats.MessageStats:
    return stats.message_stats(start=START, end=END, **given)


def test_period_without_messages_has_no_rates():
    found = measured()

    assert (found.sent, found.received, found.by_day) == (0, 0, ())
    assert (found.by_status, found.by_type, found.billable) == ({}, {}, {})
    assert (found.delivery_rate, found.read_rate) == (None, None)
    assert found.responses == SILENCE


def test_messages_are_counted_by_status_and_type_with_their_rates(thread):
    for status in ("READ", "DELIVERED", "SENT", "FAILED", "PENDING"):
        said(thread, at=NOON, delivery_status=status)
    said(thread, at=NOON, message_type="TEMPLATE", delivery_status="READ")
    asked(thread, at=NOON)

    found = measured()

    assert (found.sent, found.received) == (6, 1)
    assert found.by_status == {"DELIVERED": 1, "FAILED": 1, "PENDING": 1, "READ": 2, "SENT": 1}
    assert found.by_type == {"TEMPLATE": 1, "TEXT": 6}
    assert found.delivery_rate == pytest.approx(3 / 5)
    assert found.read_rate == pytest.approx(2 / 3)


def test_days_are_cut_at_midnight_in_bucharest(thread):
    said(thread, at=datetime(2026, 11, 10, 21, 59, tzinfo=UTC), delivery_status="FAILED")
    said(thread, at=datetime(2026, 11, 10, 22, 0, tzinfo=UTC))

    found = measured()

    assert found.by_day == (
        DayCount(date=date(2026, 11, 10), sent=1, received=0, failed=1),
        DayCount(date=date(2026, 11, 11), sent=1, received=0, failed=0),
    )


def test_period_includes_its_start_and_not_its_end(thread):
    said(thread, at=START)
    said(thread, at=END)

    assert measured().sent == 1


def test_one_business_number_is_counted_apart(thread, agent):
    other = ConversationFactory(number=BusinessNumberFactory(phone_number_id="2", is_default=False))
    for conversation in (thread, other, other):
        asked(conversation, at=NOON)

    found = measured(number_id=other.number_id)

    assert (found.received, found.responses.questions) == (2, 1)


def test_only_what_meta_charges_is_billable(thread):
    for category, kind in (
        ("utility", "regular"),
        ("utility", "regular"),
        ("marketing", "regular"),
        ("service", "free_customer_service"),
        ("", ""),
    ):
        said(thread, at=NOON, pricing_category=category, pricing_type=kind)

    assert measured().billable == {"marketing": 1, "utility": 2}


def test_answer_is_timed_from_the_first_of_several_questions(thread, agent):
    asked(thread, at=NOON)
    asked(thread, at=NOON + MINUTE)
    said(thread, at=NOON + 10 * MINUTE, user=agent)
    said(thread, at=NOON + 11 * MINUTE, user=agent)

    assert measured().responses == ResponseStats(
        questions=1,
        answered=1,
        median=timedelta(minutes=10),
        p90=timedelta(minutes=10),
        sla_kept=1.0,
    )


def test_notice_or_automatic_reply_is_no_answer(thread, agent):
    asked(thread, at=NOON)
    said(thread, at=NOON + MINUTE, message_type="TEMPLATE")
    asked(thread, at=NOON + 2 * MINUTE)
    said(thread, at=NOON + 30 * MINUTE, user=agent)

    found = measured().responses

    assert (found.questions, found.answered) == (1, 1)
    assert found.median == timedelta(minutes=30)


def test_median_p90_and_kept_share_are_over_all_questions(agent):
    for minutes in (10, 20, 60, 180, 240):
        conversation = ConversationFactory()
        asked(conversation, at=NOON)
        said(conversation, at=NOON + minutes * MINUTE, user=agent)

    found = measured().responses

    assert found.median == timedelta(minutes=60)
    assert found.p90 == timedelta(minutes=216)
    assert found.sla_kept == pytest.approx(3 / 5)


def test_unanswered_question_is_late_only_while_its_customer_still_waits():
    waiting = ConversationFactory(waiting_since=NOON)
    resolved = ConversationFactory(status="RESOLVED")
    for conversation in (waiting, resolved):
        asked(conversation, at=NOON - timedelta(days=1))

    found = measured().responses

    assert (found.questions, found.answered, found.sla_kept) == (2, 0, 0.0)


def test_answer_after_the_period_still_counts_for_its_question(thread, agent):
    asked(thread, at=END - MINUTE)
    said(thread, at=END + MINUTE, user=agent)

    assert measured().responses.median == timedelta(minutes=2)


def test_message_outside_any_conversation_is_no_question(thread):
    message = asked(thread, at=NOON)
    type(message).objects.update(conversation=None)

    assert measured().responses == SILENCE


def test_counters_cover_the_last_day(thread):
    now = timezone.now()
    for status in ("SENT", "READ", "FAILED", "PENDING"):
        said(thread, at=now - timedelta(hours=1), delivery_status=status)
    asked(thread, at=now - timedelta(hours=1))
    said(thread, at=now - timedelta(hours=25))

    assert stats.counters() == {"sent": 2, "received": 1, "failed": 1}


def test_everything_is_counted_in_three_queries(thread, django_assert_num_queries):
    asked(thread, at=NOON)

    with django_assert_num_queries(3):
        measured()
