"""How much was said, how much of it arrived, and how fast customers were answered.

Days are cut in Bucharest. A message counts on the day its row was made, which the BRIN index finds
without reading the rest of the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Q
from django.db.models.functions import Now, TruncDate

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.lifecycle import Direction, MessageStatus
from whatsapp.models import Message
from whatsapp.models.message import MessageQuerySet

SHOP_ZONE = ZoneInfo("Europe/Bucharest")
COUNTER_WINDOW = timedelta(hours=24)

_READ = (MessageStatus.READ.value,)
_ARRIVED = (MessageStatus.DELIVERED.value, *_READ)
_TAKEN = (MessageStatus.SENT.value, *_ARRIVED)
_SETTLED = (MessageStatus.FAILED.value, *_TAKEN)

# A question is a customer's first message since a person last answered; its answer is the next
# message that a person wrote. Notices and automatic replies (no user) are no answers. What was
# resolved without an answer ("thank you!") was neither in time nor late.
_RESPONSES = """
WITH question AS (
    SELECT asked.happened_at, (
        SELECT answer.happened_at FROM whatsapp_messages answer
        WHERE answer.conversation_id = asked.conversation_id
          AND answer.direction = 'SENT' AND answer.user_id IS NOT NULL
          AND (answer.happened_at, answer.id) > (asked.happened_at, asked.id)
        ORDER BY answer.happened_at, answer.id LIMIT 1
    ) AS answered_at, conversation.waiting_since IS NOT NULL AS waits
    FROM whatsapp_messages asked
    JOIN whatsapp_conversations conversation ON conversation.id = asked.conversation_id
    WHERE asked.direction = 'RECEIVED'
      AND asked.created_at >= %(start)s AND asked.created_at < %(end)s
      AND (%(number_id)s::bigint IS NULL OR asked.number_id = %(number_id)s::bigint)
      AND 'RECEIVED' IS DISTINCT FROM (
        SELECT earlier.direction FROM whatsapp_messages earlier
        WHERE earlier.conversation_id = asked.conversation_id
          AND (earlier.direction = 'RECEIVED' OR earlier.user_id IS NOT NULL)
          AND (earlier.happened_at, earlier.id) < (asked.happened_at, asked.id)
        ORDER BY earlier.happened_at DESC, earlier.id DESC LIMIT 1
      )
), timed AS (
    SELECT answered_at, waits, answered_at - happened_at AS took,
        coalesce(answered_at, now()) > happened_at + %(allowed)s AS late
    FROM question
)
SELECT count(*), count(answered_at),
    count(*) FILTER (WHERE answered_at IS NOT NULL AND NOT late),
    count(*) FILTER (WHERE late AND (answered_at IS NOT NULL OR waits)),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY took),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY took)
FROM timed
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class DayCount:
    """One day in Bucharest; ``failed`` of those sent."""

    date: date
    sent: int
    received: int
    failed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponseStats:
    """How fast customers were answered; ``sla_kept`` is a share of what was answered or is late."""

    questions: int
    answered: int
    median: timedelta | None
    p90: timedelta | None
    sla_kept: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageStats:
    """Counts from ``start`` to before ``end``. Rates are shares; None is a share of nothing.

    ``delivery_rate`` is of what Meta took or failed, ``read_rate`` of what was delivered; who hid
    the blue ticks never reads. ``billable`` counts what Meta said it charges, by category: it
    tells no amounts, so there is no cost here.
    """

    start: datetime
    end: datetime
    sent: int
    received: int
    by_day: tuple[DayCount, ...]
    by_status: Mapping[str, int]
    by_type: Mapping[str, int]
    delivery_rate: float | None
    read_rate: float | None
    billable: Mapping[str, int]
    responses: ResponseStats


class _Group(NamedTuple):
    day: date
    direction: str
    message_type: str
    delivery_status: str | None
    n: int


def message_stats(*, start: datetime, end: datetime, number_id: int | None = None) -> MessageStats:
    """Count the messages from ``start`` to before ``end``, of one business number or of all."""
    rows = Message.objects.filter(created_at__gte=start, created_at__lt=end)
    if number_id is not None:
        rows = rows.filter(number_id=number_id)
    groups = _groups(rows)
    by_status = _tally((group.delivery_status, group.n) for group in groups)
    return MessageStats(
        start=start,
        end=end,
        sent=_total(groups, Direction.SENT),
        received=_total(groups, Direction.RECEIVED),
        by_day=_days(groups),
        by_status=by_status,
        by_type=_tally((group.message_type, group.n) for group in groups),
        delivery_rate=_share(by_status, _ARRIVED, of=_SETTLED),
        read_rate=_share(by_status, _READ, of=_ARRIVED),
        billable=_billable(rows),
        responses=_responses(start=start, end=end, number_id=number_id),
    )


def counters() -> Mapping[str, int]:
    """Count what was sent, received and failed in the last 24 hours, for a scrape every minute.

    ``sent`` is what Meta took. The window bounds the work: one range of the BRIN index.
    """
    return Message.objects.filter(created_at__gte=Now() - COUNTER_WINDOW).aggregate(
        sent=Count("id", filter=Q(delivery_status__in=_TAKEN)),
        received=Count("id", filter=Q(direction=Direction.RECEIVED.value)),
        failed=Count("id", filter=Q(delivery_status=MessageStatus.FAILED.value)),
    )


def _groups(rows: MessageQuerySet) -> list[_Group]:
    grouped = (
        rows.annotate(day=TruncDate("created_at", tzinfo=SHOP_ZONE))
        .values("day", "direction", "message_type", "delivery_status")
        .annotate(n=Count("id"))
        .order_by("day", "direction", "message_type", "delivery_status")
    )
    return [_Group(**row) for row in grouped]


def _total(groups: list[_Group], direction: Direction) -> int:
    return sum(group.n for group in groups if group.direction == direction.value)


def _tally(counts: Iterable[tuple[str | None, int]]) -> Mapping[str, int]:
    """Add up by key; received messages have no status and are left out."""
    tally: Counter[str] = Counter()
    for key, count in counts:
        if key is not None:
            tally[key] += count
    return dict(sorted(tally.items()))


def _days(groups: list[_Group]) -> tuple[DayCount, ...]:
    by_day: dict[date, list[_Group]] = {}
    for group in groups:
        by_day.setdefault(group.day, []).append(group)
    return tuple(
        DayCount(
            date=day,
            sent=_total(of_day, Direction.SENT),
            received=_total(of_day, Direction.RECEIVED),
            failed=sum(g.n for g in of_day if g.delivery_status == MessageStatus.FAILED),
        )
        for day, of_day in by_day.items()
    )


def _share(counts: Mapping[str, int], part: Iterable[str], *, of: Iterable[str]) -> float | None:
    whole = sum(counts.get(status, 0) for status in of)
    return sum(counts.get(status, 0) for status in part) / whole if whole else None


def _billable(rows: MessageQuerySet) -> Mapping[str, int]:
    """Count what is charged: of Meta's pricing types only ``regular`` is."""
    charged = rows.filter(pricing_type="regular").values_list("pricing_category")
    return dict(charged.annotate(count=Count("id")).order_by("pricing_category"))


def _responses(*, start: datetime, end: datetime, number_id: int | None) -> ResponseStats:
    given: dict[str, Any] = {"start": start, "end": end, "number_id": number_id}
    given["allowed"] = whatsapp_settings().sla_response
    with connection.cursor() as cursor:
        cursor.execute(_RESPONSES, given)
        questions, answered, kept, late, median, p90 = cursor.fetchone()
    return ResponseStats(
        questions=questions,
        answered=answered,
        median=median,
        p90=p90,
        sla_kept=kept / (kept + late) if kept + late else None,
    )
