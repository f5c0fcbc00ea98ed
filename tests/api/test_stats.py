"""Statistics over the API; what they count is tested with the service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import MessageFactory, UserFactory

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
    assert response.json() == {
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


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("start_date=ieri", "start_date"),
        ("start_date=2026-11-11&end_date=2026-11-10", "start_date"),
        ("start_date=2024-01-01&end_date=2026-01-01", "start_date"),
        ("end_date=9999-12-31", "end_date"),
        ("start_date=0001-01-01", "start_date"),
        ("number=0", "number"),
        ("number=1e999", "number"),
    ],
)
def test_period_of_nonsense_is_named(agent, query, field):
    response = agent.get(f"{STATS}?{query}")

    assert response.status_code == 400
    assert set(response.json()["error"]["details"]["fields"]) == {field}
