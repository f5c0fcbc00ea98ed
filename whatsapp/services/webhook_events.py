"""The inbox of the receiving road: record what Meta tells, process it in batches, replay, purge."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from psycopg import Cursor

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.gateway.updates import split
from whatsapp.models import WebhookEvent
from whatsapp.models.webhook_event import EventStatus
from whatsapp.services.events import event_processing
from whatsapp.services.events.event_processing import Claimed, Verdict
from whatsapp.services.events.insertion import INSERT_EVENTS, event_columns
from whatsapp.services.outgoing import sender_lease

BATCH = 1000
PURGE_BATCH = 2000
PURGE_SECONDS = 600.0  # of one run: about five million events
SILENCE = timedelta(seconds=30)  # in mid-batch, after which the server ends the transaction
STATUS = "status:"  # what the keys of statuses begin with, see gateway.envelope
REPEATS = 5  # of a batch that lost a deadlock
FAILURE_DELAY, FAILURE_GROWTH = timedelta(seconds=5), 3  # outlasts a deployment: 1.5 h in 8 tries
WAIT_DELAY, WAIT_GROWTH = timedelta(seconds=1), 2  # for the message a status belongs to

_MARK_DONE = """
UPDATE whatsapp_webhook_events
SET status = 'processed', attempts = attempts + 1, outcome = %s, error = %s, processed_at = %s
WHERE id = ANY(%s)
"""
_POSTPONE = """
UPDATE whatsapp_webhook_events AS event
SET status = mark.status, attempts = mark.attempts, error = mark.error,
    next_attempt_at = coalesce(mark.next_attempt_at, event.next_attempt_at)
FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::timestamptz[], %s::text[])
    AS mark(id, status, attempts, next_attempt_at, error)
WHERE event.id = mark.id
"""


def record(*, body: bytes) -> int:
    """Keep every item of a signed body, once each, and wake the processor; return how many are new.

    Committed on return, unless the caller holds a transaction.
    """
    columns = event_columns(split(body))
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    # psycopg's own cursor: Django's binds in the client, where arrays are escaped letter by letter
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(INSERT_EVENTS, columns)  # one statement is a transaction of its own
        new: int = cursor.rowcount
    if new:
        queue.enqueue(queue.PROCESS_WEBHOOK_EVENTS)
    return new


def process_due(*, now: datetime, limit: int = BATCH) -> int:
    """Apply the oldest due events, and mark each in the transaction of its effect.

    Returns how many were taken up; those that other processors hold are left to them. A batch that
    loses a deadlock is repeated; when the database is away, the error is raised and nothing is
    changed.
    """
    for _ in range(REPEATS):
        try:
            return _process_batch(now=now, limit=limit)
        except OperationalError as error:
            if not event_processing.is_deadlock(error):
                raise
            last = error
    raise last


def _process_batch(*, now: datetime, limit: int) -> int:
    with sender_lease.brief(silence=SILENCE):
        events = _claim(now=now, limit=limit)
        _mark(events, event_processing.apply(events=events, now=now), now=now)
    return len(events)


def _claim(*, now: datetime, limit: int) -> list[Claimed]:
    """Take the oldest due events that are statuses, or the oldest that are none.

    Never both: a status may change a contact, and contacts come before the conversations and
    messages that a customer's words have locked by then.
    """
    # An event that was never tried is due by definition: ``next_attempt_at`` is the database's
    # clock there, and a processor whose clock is behind would sleep through its own wake-up.
    due = WebhookEvent.objects.pending().filter(Q(next_attempt_at__lte=now) | Q(attempts=0))
    # Skipping what is locked, nobody waits here: arrival order does no harm to the order of locks.
    oldest = due.order_by("next_attempt_at", "id").select_for_update(skip_locked=True)
    first = oldest.values_list("idempotency_key", flat=True).first()
    if first is None:
        return []
    is_status = Q(idempotency_key__startswith=STATUS)
    alike = is_status if first.startswith(STATUS) else ~is_status
    return [Claimed(*row) for row in oldest.filter(alike).values_list(*Claimed._fields)[:limit]]


def _mark(events: list[Claimed], verdicts: Mapping[int, Verdict], *, now: datetime) -> None:
    """A statement for all that ended alike, nearly always one; one for all that come again."""
    done: dict[Verdict, list[int]] = {}
    others: list[tuple[object, ...]] = []
    for event in events:
        verdict = verdicts[event.pk]
        if verdict.outcome is not None:
            done.setdefault(verdict, []).append(event.pk)
        else:
            others.append(_postponed(event, verdict, now=now))
    with connection.cursor() as cursor:
        for verdict, ids in done.items():
            cursor.execute(_MARK_DONE, [verdict.outcome, verdict.reason[:500], now, ids])
        if others:
            cursor.execute(_POSTPONE, [list(column) for column in zip(*others, strict=True)])


def _postponed(event: Claimed, verdict: Verdict, *, now: datetime) -> tuple[object, ...]:
    """When to try again, as ``_POSTPONE`` takes it; a failure tried often enough is dead."""
    conf = whatsapp_settings()
    attempts, status = event.attempts + 1, EventStatus.PENDING
    next_attempt_at = None  # as it is
    if verdict.failed and attempts >= conf.webhook_max_attempts:
        status = EventStatus.FAILED
    elif verdict.failed:
        next_attempt_at = now + FAILURE_DELAY * FAILURE_GROWTH ** (attempts - 1)
    else:
        pause = WAIT_DELAY * WAIT_GROWTH ** (attempts - 1)
        next_attempt_at = min(now + pause, event.received_at + conf.status_wait)
    return event.pk, status.value, attempts, next_attempt_at, verdict.reason[:500]


def replay(*, event_ids: Iterable[int]) -> int:
    """Process events again, dead or done; return how many. One that took effect changes nothing."""
    with transaction.atomic():
        again = WebhookEvent.objects.filter(pk__in=list(event_ids))
        locked = again.exclude(status=EventStatus.PENDING.value).order_by("idempotency_key")
        ids = list(locked.select_for_update().values_list("pk", flat=True))
        WebhookEvent.objects.filter(pk__in=ids).update(
            status=EventStatus.PENDING.value,
            outcome="",
            error="",
            attempts=0,
            next_attempt_at=timezone.now(),
            processed_at=None,
        )
        if ids:
            queue.enqueue(queue.PROCESS_WEBHOOK_EVENTS)
    return len(ids)


def purge(*, now: datetime, seconds: float = PURGE_SECONDS) -> int:
    """Delete events processed longer than ``WEBHOOK_RETENTION`` ago; dead ones stay.

    In batches, each its own transaction, for at most so many seconds: what is left waits for the
    next run. Returns how many.
    """
    total = 0
    before = now - whatsapp_settings().webhook_retention
    ends_at = time.monotonic() + seconds
    while (count := _purge_batch(before=before)) and time.monotonic() < ends_at:
        total += count
    return total + count


@transaction.atomic
def _purge_batch(*, before: datetime) -> int:
    """Under locks: what is replayed at this moment is pending again, and not to be deleted."""
    old = WebhookEvent.objects.filter(status=EventStatus.PROCESSED.value, processed_at__lt=before)
    locked = old.order_by("processed_at").select_for_update(skip_locked=True)
    ids = list(locked.values_list("pk", flat=True)[:PURGE_BATCH])
    deleted, _ = WebhookEvent.objects.filter(pk__in=ids).delete()
    return deleted
