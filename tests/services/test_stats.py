"""Counts and rates, compared with rows that a person can count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.erp.factories import OrderFactory
from tests.factories import (
    BusinessNumberFactory,
    ConversationFactory,
    MessageFactory,
    TemplateFactory,
    UserFactory,
)
from whatsapp.models import Conversation, OrderNotice, Price
from whatsapp.services import rollup, stats
from whatsapp.services.stats_figures import DayCount, ResponseStats
from whatsapp.services.stats_rows import GroupBy

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
START = datetime(2026, 10, 31, 22, tzinfo=UTC)  # midnight in Bucharest
END = datetime(2026, 11, 30, 22, tzinfo=UTC)
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
    return stats.message_stats(first=FIRST, last=LAST, **given)


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
    waiting = ConversationFactory(waiting_since=NOON, response_due_at=NOON + timedelta(hours=2))
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


def test_what_is_counted_already_is_read_in_few_queries(thread, django_assert_num_queries):
    asked(thread, at=NOON)
    measured()

    with django_assert_num_queries(6):
        measured()


def test_only_what_arrived_costs_and_without_prices_there_is_no_estimate(thread):
    charged = {"pricing_category": "utility", "pricing_type": "regular"}
    for status in ("READ", "DELIVERED", "SENT", "FAILED"):
        said(thread, at=NOON, delivery_status=status, **charged)
    said(thread, at=NOON, delivery_status="READ", pricing_type="free_customer_service")

    assert measured().cost is None

    Price.objects.create(
        calling_code="40",
        category="utility",
        amount=Decimal("0.05"),
        currency="EUR",
        valid_from=date(2026, 10, 1),
    )
    found = measured()
    assert (found.billable, found.cost.priced) == ({"utility": 4}, 2)
    assert found.cost.amounts == {"EUR": Decimal("0.10")}


@pytest.mark.parametrize(
    ("phone", "code"), [("+40712000001", "40"), ("+15550000", "1"), ("+3538000000", "353")]
)
def test_price_is_of_the_country_of_the_phone(thread, phone, code):
    said(
        thread,
        at=NOON,
        phone_number=phone,
        delivery_status="READ",
        pricing_type="regular",
        pricing_category="utility",
    )
    for each, amount in ((code, 2), ("", 1)):
        Price.objects.create(
            calling_code=each,
            category="utility",
            amount=amount,
            currency="EUR",
            valid_from=date(2026, 10, 1),
        )

    assert measured().cost.amounts == {"EUR": 2}


def test_figures_are_told_apart_by_whatever_is_asked_for(thread, agent):
    asked(thread, at=NOON)
    said(thread, at=NOON + MINUTE, user=agent, delivery_status="READ")
    template = TemplateFactory()
    notice = said(
        thread, at=NOON, template=template, message_type="TEMPLATE", delivery_status="FAILED"
    )
    OrderNotice.objects.create(order=OrderFactory(), event="order_shipped", message=notice)

    groups = measured(group_by=list(GroupBy)).groups

    (by_agent,) = groups[GroupBy.AGENT]
    assert (by_agent.key, by_agent.sent, by_agent.read_rate) == (agent.pk, 1, 1.0)
    assert (by_agent.name, by_agent.responses.median) == (agent.username, MINUTE)
    (by_template,) = groups[GroupBy.TEMPLATE]
    assert (by_template.name, by_template.sent) == ("order_shipped (ro)", 1)
    assert by_template.responses == SILENCE
    (by_event,) = groups[GroupBy.ORDER_EVENT]
    assert (by_event.key, by_event.by_status) == ("order_shipped", {"FAILED": 1})
    (by_number,) = groups[GroupBy.NUMBER]
    assert (by_number.key, by_number.received) == (thread.number_id, 1)
    (by_day,) = groups[GroupBy.DAY]
    assert (by_day.key, by_day.sent, by_day.received) == (NOON.date(), 2, 1)


def test_agent_whose_customer_waits_too_long_has_not_kept_the_sla(thread, agent):
    asked(thread, at=NOON)
    Conversation.objects.filter(pk=thread.pk).update(
        assigned_to=agent, waiting_since=NOON, response_due_at=NOON + timedelta(hours=2)
    )

    (group,) = measured(group_by=[GroupBy.AGENT]).groups[GroupBy.AGENT]

    assert (group.key, group.responses.sla_kept) == (agent.pk, 0.0)


def test_hours_of_a_day_are_those_of_the_shop(thread):
    said(thread, at=NOON, delivery_status="FAILED")
    measured()

    hours = stats.hours(day=NOON.date())

    assert len(hours) == 24
    assert [(hour.at, hour.sent, hour.failed) for hour in hours if hour.sent] == [(NOON, 1, 1)]


def test_numbers_are_as_of_now_and_old_once_more_is_to_be_counted(thread, monkeypatch):
    said(thread, at=NOON)
    assert measured().as_of > timezone.now() - MINUTE

    monkeypatch.setattr(rollup, "FEW_MARKS", 0)
    said(thread, at=NOON)

    assert measured().sent == 1
