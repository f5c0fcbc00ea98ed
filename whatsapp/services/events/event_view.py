"""Webhook events as operators see them: how many, how old, why; and which message each made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, F, Max, Min

from whatsapp.models import Message, MessageAttempt, WebhookEvent

SHOWN = 20  # rows of each list
_WAMID = re.compile(r"message:(?P<message>.+)|status:(?P<status>[^:]+):.+", re.DOTALL)
_STATUSES = ("sent", "delivered", "read", "played", "deleted", "failed")

_STANDING = """
    SELECT now(), count(*) FILTER (WHERE attempts = 0), count(*) FILTER (WHERE attempts > 0),
        min(received_at), min(next_attempt_at),
        (SELECT count(*) FROM whatsapp_webhook_events WHERE status = 'failed')
    FROM whatsapp_webhook_events WHERE status = 'pending'
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where the receiving road stands now, by the database's clock.

    ``pending`` were never tried; ``retried`` were, and wait for their message or for another try.
    ``oldest_pending`` is the age of the oldest of both; ``oldest_due`` is how long ago the first
    should have been taken up, so it grows only when nobody processes.
    """

    pending: int
    retried: int
    dead: int
    oldest_pending: timedelta
    oldest_due: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class EventGroup:
    """Events of one field that stand alike."""

    field: str
    status: str
    outcome: str
    count: int
    oldest: datetime
    newest: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadGroup:
    """Dead events of one field with one reason; ``event_id`` is the newest of them."""

    field: str
    reason: str
    count: int
    oldest: datetime
    event_id: int


def standing() -> Standing:
    """Count what is not processed, in one query over two partial indexes."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING)
        now, pending, retried, oldest, due, dead = cursor.fetchone()
    return Standing(
        pending=pending,
        retried=retried,
        dead=dead,
        oldest_pending=max(now - (oldest or now), timedelta(0)),
        oldest_due=max(now - (due or now), timedelta(0)),
    )


def groups() -> list[EventGroup]:
    """All events by field, status and outcome; reads the table once."""
    rows = WebhookEvent.objects.order_by("field", "status", "outcome")
    counted = rows.values("field", "status", "outcome").annotate(
        count=Count("pk"), oldest=Min("received_at"), newest=Max("received_at")
    )
    return [EventGroup(**row) for row in counted]


def dead() -> list[DeadGroup]:
    """What was given up and why, the most frequent first."""
    rows = WebhookEvent.objects.dead().order_by().values("field", reason=F("error"))
    counted = rows.annotate(
        count=Count("pk"), oldest=Min("received_at"), event_id=Max("pk")
    ).order_by("-count", "-event_id")
    return [DeadGroup(**row) for row in counted[:SHOWN]]


def oldest_pending() -> list[WebhookEvent]:
    """What has been pending longest; ``error`` says why, empty where it was not tried yet."""
    rows = WebhookEvent.objects.pending().order_by("received_at", "id")
    return list(rows.defer("payload")[:SHOWN])


def wamid_of(event: WebhookEvent) -> str:
    """The message an event speaks of, as its key names it; '' for events of other things."""
    found = _WAMID.fullmatch(event.idempotency_key)
    return (found["message"] or found["status"]) if found else ""


def messages_of(events: Iterable[WebhookEvent]) -> dict[int, Message]:
    """The message each event made or moved, by the event's id, in two queries for all of them."""
    wamids = {event.pk: wamid for event in events if (wamid := wamid_of(event))}
    wanted = set(wamids.values())
    rows = Message.objects.filter(external_message_id__in=wanted).select_related(
        "conversation__contact"
    )
    known = {message.external_message_id: message for message in rows}
    earlier = MessageAttempt.objects.filter(wamid__in=wanted - known.keys())
    for attempt in earlier.select_related("message__conversation__contact"):
        known[attempt.wamid] = attempt.message
    return {pk: known[wamid] for pk, wamid in wamids.items() if wamid in known}


def events_of(message: Message) -> Sequence[WebhookEvent]:
    """What Meta told about a message, oldest first."""
    attempts = list(message.attempt_rows.values_list("wamid", "error_code"))
    wamids = {message.external_message_id, *(wamid for wamid, _ in attempts)}
    codes = {message.error_code, *(code for _, code in attempts)}
    keys = [
        key
        for wamid in wamids
        if wamid is not None
        for key in keys_about(wamid=wamid, codes=[code for code in codes if code is not None])
    ]
    rows = WebhookEvent.objects.filter(idempotency_key__in=keys).defer("payload")
    return list(rows.order_by("received_at", "id"))


def keys_about(*, wamid: str, codes: Iterable[int] = ()) -> list[str]:
    """The keys that events about a message have; ``codes`` are the errors it may have failed with.

    Whole keys, since the index of keys serves no beginnings of them under every collation.
    """
    endings = (*_STATUSES, *(f"failed:{code}" for code in codes))
    return [f"message:{wamid}", *(f"status:{wamid}:{ending}" for ending in endings)]
