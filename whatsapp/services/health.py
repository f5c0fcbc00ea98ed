"""Whether each thing the module stands on is alive. A probe reads rows and never calls Meta."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from celery import current_app
from django.db import DatabaseError, connection
from django.db.models import DurationField, ExpressionWrapper, F, Min, QuerySet
from django.db.models.functions import Now
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from whatsapp.models import BusinessNumber, OutboxItem
from whatsapp.models.fields import UnreadableText
from whatsapp.models.outbox import WAITING
from whatsapp.ports import Credentials, GatewayError
from whatsapp.services.events import event_view, gap_check
from whatsapp.services.sending import senders
from whatsapp.services.sending.senders import Sender, Sending
from whatsapp.wiring import gateway

logger = logging.getLogger(__name__)

PING_TIMEOUT = 0.5  # seconds; a probe must answer also when Redis hangs
QUEUE_AGE_LIMIT = timedelta(minutes=5)  # the sweep runs each minute: five were missed
HEALTHY = "CONNECTED"  # Meta's word; its list of others is open
UNREACHABLE = "UNREACHABLE"  # ours: Meta did not answer about the number


class HealthStatus(StrEnum):
    """DOWN: nothing works. DEGRADED: a person should look, what comes in is still kept."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing looked at; ``detail`` in words."""

    name: str
    status: HealthStatus
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthReport:
    """The worst of the checks; all of them, and the senders, when details were asked for."""

    status: HealthStatus
    checks: tuple[Check, ...] = ()
    senders: tuple[Sender, ...] = ()


def report(*, details: bool) -> HealthReport:
    """Say how the module is. Without ``details`` only whether the database answers: fit for all."""
    database = _database()
    if not details or database.status is HealthStatus.DOWN:
        return HealthReport(status=database.status, checks=(database,) if details else ())
    found = tuple(senders.look())
    checks = (database, _redis(), _queue_age(), _event_age(), *_of_numbers(found))
    severity = list(HealthStatus)
    worst = max((check.status for check in checks), key=severity.index)
    return HealthReport(status=worst, checks=checks, senders=found)


def check_numbers(*, now: datetime) -> int:
    """Ask Meta about each active number that has a token, and keep what it says; give how many."""
    numbers = [number for number in BusinessNumber.objects.filter(is_active=True) if number.token]
    for number in numbers:
        _check_number(number, now=now)
    return len(numbers)


def _check_number(number: BusinessNumber, *, now: datetime) -> None:
    credentials = Credentials(
        phone_number_id=number.phone_number_id, waba_id=number.account_id, token=number.token
    )
    number.health_checked_at = now
    try:
        said = gateway().check_health(credentials=credentials)
    except GatewayError as error:
        number.health = UNREACHABLE
        logger.warning(
            "number could not be checked", extra={"number": number.pk, "reason": str(error)}
        )
    else:
        number.health, number.quality = said.status[:64], said.quality[:32]
        number.display_number = said.display_number[:32] or number.display_number
        number.verified_name = said.verified_name[:255] or number.verified_name
    number.save(
        update_fields=["health", "quality", "display_number", "verified_name", "health_checked_at"]
    )


def _database() -> Check:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Check(name="database", status=HealthStatus.DOWN, detail="does not answer")
    return Check(name="database", status=HealthStatus.OK)


def _redis() -> Check:
    """Ping the broker. Without it rows wait for the sweep of whoever still runs."""
    try:
        with Redis.from_url(
            current_app.conf.broker_url,
            socket_connect_timeout=PING_TIMEOUT,
            socket_timeout=PING_TIMEOUT,
            retry=Retry(NoBackoff(), 0),
        ) as redis:
            redis.ping()
    except RedisError:
        return Check(name="redis", status=HealthStatus.DEGRADED, detail="does not answer")
    return Check(name="redis", status=HealthStatus.OK)


def _queue_age() -> Check:
    due = OutboxItem.objects.filter(
        state__in=WAITING, next_attempt_at__lte=Now(), number__is_active=True
    )
    return _age_check("queue", _age(due, "next_attempt_at"), words="oldest due message waits")


def _event_age() -> Check:
    """Only what is due is late: a status of another system's message waits for ours in vain."""
    due = event_view.standing().oldest_due
    return _age_check("webhooks", due, words="oldest due event waits")


def _age(rows: QuerySet[OutboxItem], since: str) -> timedelta:
    """How long the oldest row waits, by the database's clock; zero if there is none."""
    waits = ExpressionWrapper(Now() - F("oldest"), output_field=DurationField())
    age = rows.aggregate(oldest=Min(since), age=waits)["age"]
    return age or timedelta(0)


def _age_check(name: str, age: timedelta, *, words: str) -> Check:
    late = age > QUEUE_AGE_LIMIT
    return Check(
        name=name,
        status=HealthStatus.DEGRADED if late else HealthStatus.OK,
        detail=f"{words} {int(age.total_seconds())} s",
    )


def _of_numbers(found: Sequence[Sender]) -> Iterator[Check]:
    """Look at each active number: token, Meta's last word, account, breaker, counts."""
    gaps = gap_check.troubles()
    for sender in found:
        number = sender.number
        troubles = {
            "token": _token_trouble(number),
            "meta": _meta_trouble(number),
            "account": _account_trouble(sender),
            "breaker": _breaker_trouble(sender),
            "counts": gaps.get(number.pk, ""),
        }
        for name, trouble in troubles.items():
            yield Check(
                name=f"{name}:{number.phone_number_id}",
                status=HealthStatus.DEGRADED if trouble else HealthStatus.OK,
                detail=trouble,
            )


def _token_trouble(number: BusinessNumber) -> str:
    if number.token:
        return ""
    if isinstance(number.access_token, UnreadableText):
        return "the key that wrote the access token is missing from WHATSAPP_ENCRYPTION_KEYS"
    return "there is no access token"


def _meta_trouble(number: BusinessNumber) -> str:
    if number.health in ("", HEALTHY):  # "" is not asked yet
        return ""
    return f"Meta's last word was {number.health}, quality {number.quality or 'unknown'}"


def _account_trouble(sender: Sender) -> str:
    held = sender.standing
    return f"Meta holds against the account: {', '.join(held)}" if held else ""


def _breaker_trouble(sender: Sender) -> str:
    breaker = sender.breaker
    if not sender.needs_a_look:
        return ""
    if sender.sending is Sending.PROBING:
        return f"sends one message to see whether it is over: {breaker.reason}"
    until = breaker.until.isoformat(timespec="seconds") if breaker.until else "somebody mends it"
    return f"sending paused until {until}: {breaker.reason}"
