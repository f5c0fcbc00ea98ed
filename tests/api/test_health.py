"""Health over the API: alive for all, details for supervisors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories import BusinessNumberFactory
from whatsapp.domain.breaker import BreakerState, Cause, Circuit, to_json
from whatsapp.models import SenderState

pytestmark = pytest.mark.django_db
HEALTH = "/api/v1/whatsapp/health"
OPENED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("who", ["anonymous", "stranger", "agent"])
def test_only_supervisors_see_more_than_that_it_is_alive(request, who):
    BusinessNumberFactory(health="BANNED")

    response = request.getfixturevalue(who).get(HEALTH)

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "checks": [], "senders": []}


def test_supervisor_sees_each_check_and_the_worst_of_them(supervisor):
    BusinessNumberFactory(health="BANNED")

    response = supervisor.get(HEALTH)

    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert {
        "name": "meta:555000000000001",
        "status": "degraded",
        "detail": "Meta's last word was BANNED, quality unknown",
    } in response.json()["checks"]


def test_supervisor_sees_who_sends_and_whether_the_breaker_lets_them(supervisor):
    until = timezone.now() + timedelta(minutes=1)
    state = BreakerState(
        state=Circuit.OPEN,
        cause=Cause.TROUBLE,
        opened_at=OPENED,
        until=until,
        reason="Something went wrong (131000)",
        streak=2,
    )
    number = BusinessNumberFactory(
        verified_name="Cypher Trading",
        quality="GREEN",
        messaging_limit="TIER_2K",
        uses_phone_app=True,
        standing={
            "ban": {"word": "DISABLED", "until": "", "at": "2026-11-22T12:00:00+00:00"},
            "restriction": {"word": "RESTRICTED", "until": "2999-01-01T00:00:00+00:00", "at": ""},
            "connection": {"word": "", "until": "", "at": "2026-11-22T12:00:00+00:00"},
        },
    )
    SenderState.objects.create(
        number=number, breaker=to_json(state), holder="worker-1:17:9", lease_until=until
    )

    (sender,) = supervisor.get(HEALTH).json()["senders"]

    assert sender.pop("lease_left").startswith("00:00:")
    assert sender == {
        "number": number.pk,
        "phone_number_id": "555000000000001",
        "sending": "PAUSED",
        "cause": "TROUBLE",
        "reason": "Something went wrong (131000)",
        "opened_at": "2026-11-22T12:00:00Z",
        "until": until.isoformat().replace("+00:00", "Z"),
        "streak": 2,
        "holder": "worker-1:17:9",
        "lease_until": until.isoformat().replace("+00:00", "Z"),
        "verified_name": "Cypher Trading",
        "quality": "GREEN",
        "messaging_limit": "TIER_2K",
        "messages_per_second": 20,
        "account": ["RESTRICTED until 2999-01-01T00:00:00+00:00", "DISABLED"],
    }


@pytest.mark.django_db(transaction=True)
def test_database_that_is_away_is_told_to_a_supervisor_too(supervisor):
    connection.close()
    good = connection.settings_dict["PORT"]

    connection.settings_dict["PORT"] = "9"  # nobody listens there
    try:
        response = supervisor.get(HEALTH)
    finally:
        connection.close()
        connection.settings_dict["PORT"] = good

    assert response.status_code == 503
    assert response.json() == {"status": "down", "checks": [], "senders": []}


def test_token_of_nobody_is_refused_here_too(anonymous):
    response = anonymous.get(HEALTH, headers={"authorization": "Bearer x.y.z"})

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_authenticated"
