"""Health over the API: alive for all, details for supervisors."""

from __future__ import annotations

import pytest

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
