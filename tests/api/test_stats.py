"""Statistics over the API; what they count is tested with the service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import MessageFactory, UserFactory
from whatsapp.models import Price

pytestmark = pytest.mark.django_db
STATS = "/api/v1/whatsapp/stats"
NOON = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)


def test_days_given_are_counted_whole_in_bucharest(agent):
    question = MessageFactory(received=True, happened_at=NOON, created_at=NOON)
    MessageFactory(
        conversation=question.conversation,
        user=UserFactory(),
        delivery_status="READ",
        happened_at=NOON + timedelta(minutes=5),
        created_at=NOON + timedelta(minutes=5),
    )

    response = agent.get(f"{STATS}?start_date=2026-11-10&end_date=2026-11-10")

    assert response.status_code == 200
    body = response.json()
    assert datetime.fromisoformat(body.pop("as_of")) > NOON
    assert body == {
        "start": "2026-11-09T22:00:00Z",
        "end": "2026-11-10T22:00:00Z",
        "sent": 1,
        "received": 1,
        "by_day": [{"date": "2026-11-10", "sent": 1, "received": 1, "failed": 0}],
        "by_status": {"READ": 1},
        "by_type": {"TEXT": 2},
        "delivery_rate": 1.0,
        "read_rate": 1.0,
        "billable": {},
        "responses": {
            "questions": 1,
            "answered": 1,
            "median_seconds": 300.0,
            "p90_seconds": 300.0,
            "sla_kept": 1.0,
        },
        "resolutions": {"resolved": 0, "median_seconds": None, "p90_seconds": None},
        "cost": {
            "estimate": None,
            "priced": 0,
            "unpriced": 0,
            "explanation": "No prices are entered; Meta names no amounts.",
        },
        "groups": {},
    }


def test_last_thirty_days_are_counted_unless_told_otherwise(agent):
    response = agent.get(STATS)

    body = response.json()
    days = datetime.fromisoformat(body["end"]) - datetime.fromisoformat(body["start"])
    assert timedelta(days=30) - timedelta(hours=1) <= days <= timedelta(days=30, hours=1)
    assert body["responses"]["median_seconds"] is None
    assert (body["delivery_rate"], body["read_rate"]) == (None, None)


def test_one_business_number_is_counted_apart(agent):
    message = MessageFactory()

    counts = [
        agent.get(f"{STATS}?number={number}").json()["sent"]
        for number in (message.number_id, message.number_id + 1)
    ]

    assert counts == [1, 0]


def test_figures_by_agent_and_template_come_beside_the_whole(agent):
    user = UserFactory(first_name="Ana", last_name="Pop")
    MessageFactory(user=user, delivery_status="READ")

    groups = agent.get(f"{STATS}?group_by=agent&group_by=template").json()["groups"]

    assert list(groups) == ["agent", "template"]
    assert groups["template"] == []
    (row,) = groups["agent"]
    assert (row["key"], row["name"], row["sent"]) == (str(user.pk), "Ana Pop", 1)
    assert row["delivery_rate"] == 1.0


def test_money_is_decimal_text_with_its_currency(agent):
    MessageFactory(delivery_status="DELIVERED", pricing_type="regular", pricing_category="utility")
    MessageFactory(
        delivery_status="DELIVERED", pricing_type="regular", pricing_category="marketing"
    )
    Price.objects.create(
        category="utility", amount="0.012345", currency="EUR", valid_from="2026-01-01"
    )

    assert agent.get(STATS).json()["cost"] == {
        "estimate": [{"currency": "EUR", "amount": "0.012345"}],
        "priced": 1,
        "unpriced": 1,
        "explanation": "1 charged messages have no price and are left out.",
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("start_date=ieri", "start_date"),
        ("start_date=2026-11-11&end_date=2026-11-10", "start_date"),
        ("start_date=2024-01-01&end_date=2026-01-01", "start_date"),
        ("end_date=9999-12-31", "end_date"),
        ("start_date=0001-01-01", "start_date"),
        ("number=0", "number"),
        ("group_by=shop", "group_by"),
        ("number=1e999", "number"),
    ],
)
def test_period_of_nonsense_is_named(agent, query, field):
    response = agent.get(f"{STATS}?{query}")

    assert response.status_code == 400
    assert set(response.json()["error"]["details"]["fields"]) == {field}
