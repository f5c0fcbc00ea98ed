"""What messages cost, and figures told apart by whatever is asked for."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.erp.factories import OrderFactory
from tests.factories import TemplateFactory
from tests.services.figures import MINUTE, NOON, SILENCE, asked, measured, said
from whatsapp.models import Conversation, OrderNotice, Price
from whatsapp.services import stats
from whatsapp.services.statistics import rollup
from whatsapp.services.statistics.rows import GroupBy

pytestmark = pytest.mark.django_db


def test_only_what_arrived_costs_and_without_prices_there_is_no_estimate(conversation):
    charged = {"pricing_category": "utility", "pricing_type": "regular"}
    for status in ("READ", "DELIVERED", "SENT", "FAILED"):
        said(conversation, at=NOON, delivery_status=status, **charged)
    said(conversation, at=NOON, delivery_status="READ", pricing_type="free_customer_service")

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
def test_price_is_of_the_country_of_the_phone(conversation, phone, code):
    said(
        conversation,
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


def test_figures_are_told_apart_by_whatever_is_asked_for(conversation, agent):
    asked(conversation, at=NOON)
    said(conversation, at=NOON + MINUTE, user=agent, delivery_status="READ")
    template = TemplateFactory()
    notice = said(
        conversation, at=NOON, template=template, message_type="TEMPLATE", delivery_status="FAILED"
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
    assert (by_number.key, by_number.received) == (conversation.number_id, 1)
    (by_day,) = groups[GroupBy.DAY]
    assert (by_day.key, by_day.sent, by_day.received) == (NOON.date(), 2, 1)


def test_agent_whose_customer_waits_too_long_has_not_kept_the_sla(conversation, agent):
    asked(conversation, at=NOON)
    Conversation.objects.filter(pk=conversation.pk).update(
        assigned_to=agent, waiting_since=NOON, response_due_at=NOON + timedelta(hours=2)
    )

    (group,) = measured(group_by=[GroupBy.AGENT]).groups[GroupBy.AGENT]

    assert (group.key, group.responses.sla_kept) == (agent.pk, 0.0)


def test_hours_of_a_day_are_those_of_the_shop(conversation):
    said(conversation, at=NOON, delivery_status="FAILED")
    measured()

    hours = stats.hours(day=NOON.date())

    assert len(hours) == 24
    assert [(hour.at, hour.sent, hour.failed) for hour in hours if hour.sent] == [(NOON, 1, 1)]


def test_numbers_are_as_of_now_and_old_once_more_is_to_be_counted(conversation, monkeypatch):
    said(conversation, at=NOON)
    assert measured().as_of > timezone.now() - MINUTE

    monkeypatch.setattr(rollup, "FEW_MARKS", 0)
    said(conversation, at=NOON)

    assert measured().sent == 1
