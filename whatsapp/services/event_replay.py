"""Many webhook events processed again: chosen by whoever calls, taken up in batches."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from whatsapp.models import WebhookEvent
from whatsapp.models.webhook_event import EventStatus
from whatsapp.services import webhook_events

BATCH = 500  # rows of one transaction
MOST = 10_000  # of one call, a second's work: what comes meanwhile must not wait behind more


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """How many are processed again; ``after``: where to go on, None when none is left."""

    count: int
    after: int | None = None


def replayable(rows: QuerySet[WebhookEvent]) -> QuerySet[WebhookEvent]:
    """Those of the rows that can be processed again: all but what is pending anyway."""
    return rows.exclude(status=EventStatus.PENDING.value)


def replay_matching(*, rows: QuerySet[WebhookEvent], after: int = 0, limit: int = MOST) -> Replayed:
    """Process again what the rows have beyond the id ``after``, oldest first, up to ``limit``.

    Each batch is a transaction of its own. Whoever goes on where the last call ended meets no event
    twice, although what was processed again may be among the rows anew.
    """
    ids = replayable(rows).order_by("pk").values_list("pk", flat=True)
    count, left = 0, limit
    while left:
        batch = list(ids.filter(pk__gt=after)[: min(BATCH, left)])
        count += webhook_events.replay(event_ids=batch) if batch else 0
        if len(batch) < min(BATCH, left):  # the last one
            return Replayed(count=count)
        after, left = batch[-1], left - len(batch)
    more = ids.filter(pk__gt=after).exists()
    return Replayed(count=count, after=after if more else None)
