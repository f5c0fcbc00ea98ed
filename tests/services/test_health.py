"""Each thing the module stands on, alive and in trouble."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from cryptography.fernet import Fernet
from django.db import connections
from django.utils import timezone

from tests.factories import BusinessNumberFactory, OutboxItemFactory
from whatsapp.domain.breaker import BreakerState, Cause, Circuit, to_json
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.models import SenderState, WebhookEvent
from whatsapp.services import health
from whatsapp.services.health import Check, HealthReport, HealthStatus
from whatsapp.services.sending.senders import Sending

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OK, DEGRADED = HealthStatus.OK, HealthStatus.DEGRADED
REFUSED = Failure(failure_class=FailureClass.FATAL_ACCOUNT, code=190, title="Token expired")
TROUBLED = BreakerState(
    state=Circuit.OPEN, cause=Cause.TROUBLE, reason="Something went wrong (131000)"
)


def found(name: str) -> Check:
    return next(check for check in health.report(details=True).checks if check.name == name)


def event(**given) -> WebhookEvent:
    return WebhookEvent.objects.create(idempotency_key="message:wamid.1", payload="{}", **given)


def test_strangers_learn_only_that_the_module_is_alive(django_assert_num_queries):
    with django_assert_num_queries(1):
        report = health.report(details=False)

    assert report == HealthReport(status=OK)


def test_everything_in_order_is_ok():
    BusinessNumberFactory(health="CONNECTED", quality="GREEN")

    report = health.report(details=True)

    assert report.status is OK
    assert [check.name for check in report.checks] == [
        "database",
        "redis",
        "queue",
        "webhooks",
        "token:555000000000001",
        "meta:555000000000001",
        "account:555000000000001",
        "breaker:555000000000001",
        "counts:555000000000001",
    ]
    assert {check.status for check in report.checks} == {OK}


def test_database_that_does_not_answer_is_down():
    def ask_without_database() -> HealthReport:
        nowhere = connections["default"].copy()
        nowhere.settings_dict["PORT"] = "1"
        connections["default"] = nowhere  # of this thread alone
        return health.report(details=True)

    with ThreadPoolExecutor(max_workers=1) as thread:
        report = thread.submit(ask_without_database).result()

    down = Check(name="database", status=HealthStatus.DOWN, detail="does not answer")
    assert report == HealthReport(status=HealthStatus.DOWN, checks=(down,))


def test_redis_that_does_not_answer_degrades(monkeypatch):
    monkeypatch.setitem(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")

    report = health.report(details=True)

    assert report.status is DEGRADED
    assert Check(name="redis", status=DEGRADED, detail="does not answer") in report.checks


def test_due_message_nobody_sends_degrades():
    OutboxItemFactory(next_attempt_at=timezone.now() - timedelta(minutes=10))

    check = found("queue")

    assert check.status is DEGRADED
    assert check.detail in ("oldest due message waits 600 s", "oldest due message waits 601 s")


@pytest.mark.parametrize(
    "given",
    [
        {"next_attempt_at": timezone.now() + timedelta(hours=1)},
        {"state": "HELD", "next_attempt_at": timezone.now() - timedelta(days=1)},
    ],
    ids=["not yet due", "held for a person"],
)
def test_message_that_should_wait_is_no_trouble_of_the_queue(given):
    OutboxItemFactory(**given)

    assert found("queue") == Check(name="queue", status=OK, detail="oldest due message waits 0 s")


def test_old_unprocessed_event_degrades_and_a_dead_one_does_not():
    waited = timezone.now() - timedelta(minutes=6)
    event(received_at=waited, next_attempt_at=waited)

    assert found("webhooks").status is DEGRADED
    WebhookEvent.objects.update(status="failed")
    assert found("webhooks").status is OK


def test_number_without_a_token_degrades():
    BusinessNumberFactory(phone_number_id="2")

    check = found("token:2")

    assert check == Check(name="token:2", status=DEGRADED, detail="there is no access token")


def test_number_whose_key_is_lost_degrades_in_words(settings):
    BusinessNumberFactory(phone_number_id="2", access_token="EAAG-secret")
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "ENCRYPTION_KEYS": (Fernet.generate_key().decode(),),
    }

    check = found("token:2")

    assert check.status is DEGRADED
    assert "WHATSAPP_ENCRYPTION_KEYS" in check.detail


def test_what_meta_said_last_is_shown_without_asking_again(outside):
    BusinessNumberFactory(health="FLAGGED", quality="RED")

    check = found("meta:555000000000001")

    assert check.status is DEGRADED
    assert check.detail == "Meta's last word was FLAGGED, quality RED"


def breaker_of(state: BreakerState) -> Check:
    SenderState.objects.create(number=BusinessNumberFactory(), breaker=to_json(state))
    return found("breaker:555000000000001")


def test_account_that_meta_refuses_degrades_until_somebody_mends_it():
    check = breaker_of(BreakerState().record_failure(REFUSED, now=NOW))

    assert check.status is DEGRADED
    assert check.detail == "sending paused until somebody mends it: Token expired (190)"


def test_trouble_at_meta_degrades_until_the_rest_is_over():
    until = timezone.now() + timedelta(minutes=1)

    check = breaker_of(replace(TROUBLED, until=until))

    assert check.status is DEGRADED
    assert check.detail == (
        f"sending paused until {until.isoformat(timespec='seconds')}: Something went wrong (131000)"
    )


def test_number_that_tries_one_message_after_its_rest_still_degrades():
    check = breaker_of(replace(TROUBLED, until=timezone.now() - timedelta(seconds=1)))

    assert check.status is DEGRADED
    assert check.detail.startswith("sends one message to see whether it is over")


def test_metas_request_for_patience_is_no_trouble():
    check = breaker_of(
        replace(TROUBLED, cause=Cause.SLOW, until=timezone.now() + timedelta(minutes=1))
    )

    assert (check.status, check.detail) == (OK, "")


def test_senders_are_told_beside_the_checks():
    number = BusinessNumberFactory()

    report = health.report(details=True)

    assert [(sender.number, sender.sending) for sender in report.senders] == [
        (number, Sending.RUNNING)
    ]


def test_number_out_of_use_is_not_looked_at():
    BusinessNumberFactory(is_active=False, health="BANNED")

    assert health.report(details=True).status is OK


def test_more_numbers_cost_no_more_queries(django_assert_num_queries):
    for n in range(3):
        BusinessNumberFactory(phone_number_id=str(n), is_default=n == 0)

    with django_assert_num_queries(5):
        health.report(details=True)


def test_what_meta_says_of_a_number_is_kept(outside):
    number = BusinessNumberFactory()

    count = health.check_numbers(now=NOW)

    assert count == 1
    number.refresh_from_db()
    said = outside.meta.health
    assert (number.health, number.quality) == (said.status, said.quality)
    assert number.health_checked_at == NOW


def test_number_meta_does_not_answer_about_is_unreachable_and_keeps_its_quality(outside):
    number = BusinessNumberFactory(health="CONNECTED", quality="GREEN")
    outside.meta.fail_next(REFUSED, call="check_health")

    health.check_numbers(now=NOW)

    number.refresh_from_db()
    assert (number.health, number.quality) == ("UNREACHABLE", "GREEN")


def test_number_without_a_token_is_not_asked_about(outside):
    number = BusinessNumberFactory(phone_number_id="2")

    assert health.check_numbers(now=NOW) == 0

    number.refresh_from_db()
    assert (number.health, number.health_checked_at) == ("", None)


def test_account_that_meta_holds_something_against_needs_a_look(outside):
    held = {"ban": {"word": "DISABLED", "until": "", "at": "2026-11-22T10:00:00+00:00"}}
    over = {"restriction": {"word": "RESTRICTED", "until": "2020-01-01T00:00:00+00:00", "at": ""}}
    BusinessNumberFactory(standing={**held, **over})

    checks = {check.name: check for check in health.report(details=True).checks}

    found = checks["account:555000000000001"]
    assert found.status is HealthStatus.DEGRADED
    assert found.detail == "Meta holds against the account: DISABLED"
