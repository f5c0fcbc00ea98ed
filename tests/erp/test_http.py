"""The ERP's own addresses: alive, counted, logged in, documented."""

import json
import logging
import re

import pytest
from django.db import connection

from cypher_erp.staff.models import User
from tests.erp.factories import UserFactory
from tests.factories import MessageFactory, OutboxItemFactory

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_healthz_needs_nothing(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_first_page_leads_to_the_admin(client):
    assert client.get("/").headers["Location"] == "/admin/"


def test_metrics_are_refused_to_strangers(client, settings):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(("token", "status"), [("right", 200), ("wrong", 403)])
def test_metrics_are_shown_to_the_bearer_of_the_token(token, status, client, settings):
    settings.METRICS_TOKEN = "right"

    answer = client.get("/metrics", headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == status


def test_metrics_count_by_route_and_never_by_path(desk):
    desk.get("/healthz")
    desk.get("/no/such/page")

    text = desk.get("/metrics").content.decode()

    assert 'http_requests_total{method="GET",route="healthz",status="200"}' in text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"}' in text
    assert "no/such" not in text


def test_metrics_count_what_was_sent_received_and_failed(desk):
    MessageFactory(delivery_status="READ")
    MessageFactory(delivery_status="FAILED")
    MessageFactory.create_batch(2, received=True)

    text = desk.get("/metrics").content.decode()

    assert 'whatsapp_messages_last_day{outcome="sent"} 1.0' in text
    assert 'whatsapp_messages_last_day{outcome="received"} 2.0' in text
    assert 'whatsapp_messages_last_day{outcome="failed"} 1.0' in text


def test_metrics_show_breaker_and_queue_of_each_number(desk):
    OutboxItemFactory(state="HELD")
    OutboxItemFactory()

    text = desk.get("/metrics").content.decode()

    number = 'number="555000000000001"'
    assert "# TYPE whatsapp_breaker_open gauge" in text
    assert f'whatsapp_breaker_open{{cause="trouble",{number}}} 0.0' in text
    assert f'whatsapp_outbox_waiting{{{number},priority="reply"}} 1.0' in text
    assert f'whatsapp_outbox_trouble{{{number},state="held"}} 1.0' in text
    assert f"whatsapp_outbox_oldest_due_seconds{{{number}}} 1." in text


@pytest.mark.django_db(transaction=True)
def test_metrics_are_shown_while_the_database_is_away(client, settings):
    settings.METRICS_TOKEN = "right"
    connection.close()
    good = connection.settings_dict["PORT"]

    connection.settings_dict["PORT"] = "9"  # nobody listens there
    try:
        answer = client.get("/metrics", headers={"authorization": "Bearer right"})
    finally:
        connection.close()
        connection.settings_dict["PORT"] = good

    assert answer.status_code == 200
    assert "http_requests" in answer.content.decode()
    assert "whatsapp_messages" not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("slash", ["", "/"])
def test_token_is_given_renewed_and_rotated(slash, client):
    user = UserFactory()
    user.set_password("o-parola-lunga")
    user.save()
    typed = {"username": user.username, "password": "o-parola-lunga"}

    first = client.post(f"/api/v1/auth/token{slash}", typed).json()
    renew = {"refresh": first["refresh"]}
    second = client.post(f"/api/v1/auth/token/refresh{slash}", renew)
    again = client.post(f"/api/v1/auth/token/refresh{slash}", renew)

    assert set(first) == {"access", "refresh"}
    assert second.status_code == 200
    assert again.status_code == 401


@pytest.mark.django_db
def test_wrong_password_gives_no_token(client):
    UserFactory(username="ana")

    answer = client.post("/api/v1/auth/token", {"username": "ana", "password": "ghicit"})

    assert answer.status_code == 401
    assert User.objects.get(username="ana").last_login is None


def test_answer_carries_an_id_of_our_own(client):
    answer = client.get("/healthz", headers={"x-request-id": "from-outside"})

    assert UUID.fullmatch(answer.headers["X-Request-ID"])


def test_id_of_a_trusted_proxy_is_kept(client, settings):
    settings.DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True

    answer = client.get("/healthz", headers={"x-request-id": "from-the-proxy"})

    assert answer.headers["X-Request-ID"] == "from-the-proxy"


def test_log_lines_are_json_with_the_id_and_without_the_query(client, caplog):
    caplog.handler.setFormatter(logging.getLogger().handlers[0].formatter)

    answer = client.get("/no/such/page?hub.verify_token=secret")

    entry = json.loads(caplog.text.splitlines()[-1])
    assert entry["request_id"] == answer.headers["X-Request-ID"]
    assert (entry["request"], entry["code"]) == ("GET /no/such/page", 404)
    assert "secret" not in caplog.text


@pytest.mark.parametrize("page", ["schema", "docs"])
def test_documentation_is_served_without_asking_anybody_else(page, client):
    answer = client.get(f"/api/v1/{page}")

    hosts = re.findall(r"https?://([^/\s\"']+)", answer.content.decode())
    assert answer.status_code == 200
    assert [host for host in hosts if not host.endswith((".example", "testserver"))] == []
