"""The queue as an operator sees it: of each number what waits, since when, until when, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Q
from django.db.models.functions import Now

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.quiet_hours import parse, quiet_until
from whatsapp.domain.retry import Priority
from whatsapp.models import Message
from whatsapp.models.outbox import OutboxKind, OutboxState
from whatsapp.services.sending import senders
from whatsapp.services.sending.senders import Sender, Sending

MINUTE = timedelta(minutes=1)
RECENT = timedelta(days=1)


class Why(StrEnum):
    """Why a row is still here. The last three wait for news of Meta's, or for a person."""

    DUE = "due"
    IN_FLIGHT = "in_flight"
    PAUSED = "paused"  # due, but the breaker is open
    UNLED = "unled"  # due, but nobody holds the number's lease
    UPLOADING = "uploading"
    RETRYING = "retrying"
    QUIET_HOURS = "quiet_hours"
    SCHEDULED = "scheduled"
    UNCONFIRMED = "unconfirmed"
    HELD = "held"
    FAILED = "failed"


TROUBLE = (Why.UNCONFIRMED, Why.HELD, Why.FAILED)
OVERDUE = (Why.DUE, Why.PAUSED, Why.UNLED)
PUT_OFF = (Why.RETRYING, Why.QUIET_HOURS, Why.SCHEDULED)
LEAVING = (*OVERDUE, Why.IN_FLIGHT, Why.UPLOADING, Why.RETRYING)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """Rows that wait for one reason: ``since`` is the oldest's, ``until`` the first to move.

    What is due waits since it was, what is in doubt since it left, all others since they came.
    """

    kind: OutboxKind
    priority: Priority
    why: Why
    count: int
    since: datetime
    until: datetime | None = None
    reason: str = ""  # of most of them


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberQueue:
    """All that one number has to send, or in trouble."""

    sender: Sender
    waiting: tuple[Waiting, ...]

    def count(self, *reasons: Why) -> int:
        return sum(each.count for each in self.waiting if each.why in reasons)

    @property
    def leaving(self) -> int:
        """How many leave by themselves now or after a retry: no schedule, nobody's decision."""
        needs_person = self.sender.sending is Sending.PAUSED and self.sender.breaker.until is None
        return self.count(*(why for why in LEAVING if not (needs_person and why is Why.PAUSED)))

    @property
    def oldest_due(self) -> timedelta:
        """How long the first of those due has been waiting; zero if there is none."""
        moments = (each.since for each in self.waiting if each.why in OVERDUE)
        return max(self.sender.at - min(moments, default=self.sender.at), timedelta(0))


class _Group(NamedTuple):
    number_id: int
    kind: str
    priority: int
    state: str
    is_due: bool
    was_tried: bool
    is_quiet: bool
    reason: str
    n: int
    due_at: datetime
    departed_at: datetime | None
    created_at: datetime


# Grouped by columns and truths alone: of any other expression the planner guesses as many groups
# as there are rows, and sorts a million of them instead of hashing (2.3 s against 0.4 s)
_GROUPS = """
    SELECT number_id, kind, priority, state, next_attempt_at <= statement_timestamp(),
        retries + waits > 0, coalesce(next_attempt_at = %(quiet_until)s, false),
        reason, count(*), min(next_attempt_at), min(departed_at), min(created_at)
    FROM whatsapp_outbox
    WHERE %(number_id)s::bigint IS NULL OR number_id = %(number_id)s::bigint
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""


def look(*, now: datetime, number_id: int | None = None) -> list[NumberQueue]:
    """Read the queues of all active numbers and of whatever else has rows, or of one number.

    One pass over the outbox: 0.4 s when a million rows wait, on a small machine.
    """
    wanted = senders.look(number_ids=None if number_id is None else [number_id])
    groups: dict[int, list[_Group]] = defaultdict(list)
    for group in _groups(now=now, number_id=number_id):
        groups[group.number_id].append(group)
    retired = groups.keys() - {sender.number.pk for sender in wanted}
    return [
        NumberQueue(sender=sender, waiting=_merged(groups[sender.number.pk], sender=sender))
        for sender in [*wanted, *senders.look(number_ids=retired)]
    ]


def sent_last_minute() -> Mapping[int, int]:
    """Count what left in the last minute and was taken, by number; those without are left out.

    Only what was queued or due within a day can have left now; that bounds the rows read.
    """
    recent = Q(created_at__gte=Now() - RECENT) | Q(send_at__gte=Now() - RECENT)
    rows = Message.objects.sent().filter(recent, sent_at__gte=Now() - MINUTE)
    return dict(rows.values_list("number_id").annotate(count=Count("id")).order_by("number_id"))


def _groups(*, now: datetime, number_id: int | None) -> list[_Group]:
    hours = parse(whatsapp_settings().quiet_hours)
    quiet = quiet_until(now, priority=Priority.NOTICE, hours=hours)
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, {"number_id": number_id, "quiet_until": quiet})
        return [_Group(*row) for row in cursor.fetchall()]


def _merged(groups: Sequence[_Group], *, sender: Sender) -> tuple[Waiting, ...]:
    """Join what waits for the same reason, most urgent first."""
    alike: dict[tuple[int, Why, str], list[_Group]] = defaultdict(list)
    for group in groups:
        alike[group.priority, _why(group, sender=sender), group.kind].append(group)
    order = list(Why)
    return tuple(
        _joined(alike[key], why=key[1], sender=sender)
        for key in sorted(alike, key=lambda key: (key[0], order.index(key[1]), key[2]))
    )


def _joined(groups: Sequence[_Group], *, why: Why, sender: Sender) -> Waiting:
    most = max(groups, key=lambda group: group.n)
    until = min(group.due_at for group in groups) if why in PUT_OFF else None
    return Waiting(
        kind=OutboxKind(most.kind),
        priority=Priority(most.priority),
        why=why,
        count=sum(group.n for group in groups),
        since=min(_since(group, why=why) for group in groups),
        until=sender.breaker.until if why is Why.PAUSED else until,
        reason=sender.breaker.reason if why is Why.PAUSED else most.reason,
    )


def _since(group: _Group, *, why: Why) -> datetime:
    if why in OVERDUE:
        return group.due_at
    return group.departed_at or group.created_at


def _why(group: _Group, *, sender: Sender) -> Why:
    if group.state == OutboxState.CLAIMED:
        return Why.IN_FLIGHT
    if group.state != OutboxState.PENDING:
        return Why(group.state.lower())
    if group.is_due:
        return _why_due(sender)
    if group.was_tried:
        return Why.RETRYING
    return Why.QUIET_HOURS if group.is_quiet else Why.SCHEDULED


def _why_due(sender: Sender) -> Why:
    if sender.sending is Sending.PAUSED:
        return Why.PAUSED
    return Why.DUE if sender.holder else Why.UNLED
