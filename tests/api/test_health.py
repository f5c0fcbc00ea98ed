"""Health over the API: alive for all, details for supervisors."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.factories import BusinessNumberFactory

pytestmark = pytest.mark.django_db
HEALTH = "/api/v1/whatsapp/health"


@pytest.mark.parametrize("who", ["anonymous", "stranger", "agent"])
def test_only_supervisors_see_more_than_that_it_is_alive(request, who):
    BusinessNumberFactory(health="BANNED")

    response = request.getfixturevalue(who).get(HEALTH)

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "checks": []}


def test_supervisor_sees_each_check_and_the_worst_of_them(supervisor):
    BusinessNumberFactory(health="BANNED")

    response = supervisor.get(HEALTH)

    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert {
        "name": "meta:555000000000001",
        "status": "degraded",
        "detail": "Meta's last word was BANNED, quality unknown",
    } in response.json()["checks"]


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
    assert response.json() == {"status": "down", "checks": []}


def test_token_of_nobody_is_refused_here_too(anonymous):
    response = anonymous.get(HEALTH, headers={"authorization": "Bearer x.y.z"})

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_authenticated"
