"""Counts and rates, compared with rows that a person can count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from tests.factories import BusinessNumberFactory, ConversationFactory
from tests.services.figures import MINUTE, NOON, SILENCE, asked, measured, said
from whatsapp.services import stats
from whatsapp.services.statistics.figures import DayCount, ResponseStats

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 31, 22, tzinfo=UTC)  # midnight in Bucharest
END = datetime(2026, 11, 30, 22, tzinfo=UTC)


def test_period_without_messages_has_no_rates():
    found = measured()

    assert (found.sent, found.received, found.by_day) == (0, 0, ())
    assert (found.by_status, found.by_type, found.billable) == ({}, {}, {})
    assert (found.delivery_rate, found.read_rate) == (None, None)
    assert found.responses == SILENCE


def test_messages_are_counted_by_status_and_type_with_their_rates(conversation):
    for status in ("READ", "DELIVERED", "SENT", "FAILED", "PENDING"):
        said(conversation, at=NOON, delivery_status=status)
    said(conversation, at=NOON, message_type="TEMPLATE", delivery_status="READ")
    asked(conversation, at=NOON)

    found = measured()

    assert (found.sent, found.received) == (6, 1)
    assert found.by_status == {"DELIVERED": 1, "FAILED": 1, "PENDING": 1, "READ": 2, "SENT": 1}
    assert found.by_type == {"TEMPLATE": 1, "TEXT": 6}
    assert found.delivery_rate == pytest.approx(3 / 5)
    assert found.read_rate == pytest.approx(2 / 3)


def test_days_are_cut_at_midnight_in_bucharest(conversation):
    said(conversation, at=datetime(2026, 11, 10, 21, 59, tzinfo=UTC), delivery_status="FAILED")
    said(conversation, at=datetime(2026, 11, 10, 22, 0, tzinfo=UTC))

    found = measured()

    assert found.by_day == (
        DayCount(date=date(2026, 11, 10), sent=1, received=0, failed=1),
        DayCount(date=date(2026, 11, 11), sent=1, received=0, failed=0),
    )


def test_period_includes_its_start_and_not_its_end(conversation):
    said(conversation, at=START)
    said(conversation, at=END)

    assert measured().sent == 1


def test_one_business_number_is_counted_apart(conversation, agent):
    other = ConversationFactory(number=BusinessNumberFactory(phone_number_id="2", is_default=False))
    for one in (conversation, other, other):
        asked(one, at=NOON)

    found = measured(number_id=other.number_id)

    assert (found.received, found.responses.questions) == (2, 1)


def test_only_what_meta_charges_is_billable(conversation):
    for category, kind in (
        ("utility", "regular"),
        ("utility", "regular"),
        ("marketing", "regular"),
        ("service", "free_customer_service"),
        ("", ""),
    ):
        said(conversation, at=NOON, pricing_category=category, pricing_type=kind)

    assert measured().billable == {"marketing": 1, "utility": 2}


def test_answer_is_timed_from_the_first_of_several_questions(conversation, agent):
    asked(conversation, at=NOON)
    asked(conversation, at=NOON + MINUTE)
    said(conversation, at=NOON + 10 * MINUTE, user=agent)
    said(conversation, at=NOON + 11 * MINUTE, user=agent)

    assert measured().responses == ResponseStats(
        questions=1,
        answered=1,
        median=timedelta(minutes=10),
        p90=timedelta(minutes=10),
        sla_kept=1.0,
    )


def test_notice_or_automatic_reply_is_no_answer(conversation, agent):
    asked(conversation, at=NOON)
    said(conversation, at=NOON + MINUTE, message_type="TEMPLATE")
    asked(conversation, at=NOON + 2 * MINUTE)
    said(conversation, at=NOON + 30 * MINUTE, user=agent)

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
    waiting = ConversationFactory(waiting_since=NOON, response_due_at=NOON + timedelta(hours=2))
    resolved = ConversationFactory(status="RESOLVED")
    for conversation in (waiting, resolved):
        asked(conversation, at=NOON - timedelta(days=1))

    found = measured().responses

    assert (found.questions, found.answered, found.sla_kept) == (2, 0, 0.0)


def test_answer_after_the_period_still_counts_for_its_question(conversation, agent):
    asked(conversation, at=END - MINUTE)
    said(conversation, at=END + MINUTE, user=agent)

    assert measured().responses.median == timedelta(minutes=2)


def test_message_outside_any_conversation_is_no_question(conversation):
    message = asked(conversation, at=NOON)
    type(message).objects.update(conversation=None)

    assert measured().responses == SILENCE


def test_counters_cover_the_last_day(conversation):
    now = timezone.now()
    for status in ("SENT", "READ", "FAILED", "PENDING"):
        said(conversation, at=now - timedelta(hours=1), delivery_status=status)
    asked(conversation, at=now - timedelta(hours=1))
    said(conversation, at=now - timedelta(hours=25))

    assert stats.counters() == {"sent": 2, "received": 1, "failed": 1}


def test_what_is_counted_already_is_read_in_few_queries(conversation, django_assert_num_queries):
    asked(conversation, at=NOON)
    measured()

    with django_assert_num_queries(6):
        measured()
