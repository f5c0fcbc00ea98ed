"""How much was said, how much of it arrived, what it costs, and how fast customers were answered.

Days are cut in Bucharest. A message counts on the day its row was made, in the state it has now.
The roll-up has counted them; what has changed a moment ago is counted before it is read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Now

from whatsapp.domain import pricing, quantiles
from whatsapp.domain.lifecycle import Direction, MessageStatus
from whatsapp.domain.pricing import Estimate, Rate
from whatsapp.models import Message, Price
from whatsapp.models.stats import Clock
from whatsapp.services.statistics import names as stats_names
from whatsapp.services.statistics import rollup
from whatsapp.services.statistics import rows as stats_rows
from whatsapp.services.statistics.figures import (
    ARRIVED,
    FAILED,
    READ,
    TAKEN,
    DayCount,
    Figures,
    Group,
    HourCount,
    MessageStats,
    ResolutionStats,
    ResponseStats,
)
from whatsapp.services.statistics.rollup import midnight
from whatsapp.services.statistics.rows import Charged, GroupBy, Key, Period, Timed
from whatsapp.services.statistics.rows import Count as Row

COUNTER_WINDOW = timedelta(hours=24)

_SETTLED = (*FAILED, *TAKEN)
_NOTHING = Timed(buckets=(), open=0, late=0)


def message_stats(
    *,
    first: date,
    last: date,
    number_id: int | None = None,
    group_by: Collection[GroupBy] = (),
) -> MessageStats:
    """Tell the figures of some days, both included, of one business number or of all."""
    as_of = rollup.catch_up()
    period = Period(first=first, last=last, number_id=number_id)
    rates = _rates()
    counts = stats_rows.counts(period, by=GroupBy.DAY)
    total = _Sources.of(period, by=None, counts={None: counts}, rates=rates).figures(None)
    return MessageStats(
        start=midnight(day=first),
        end=midnight(day=last + timedelta(days=1)),
        as_of=as_of,
        by_day=_days(counts),
        groups={by: _groups(period, by=by, rates=rates) for by in group_by},
        **_parts(total),
    )


def hours(*, day: date, number_id: int | None = None) -> list[HourCount]:
    """Count the hours of one day in Bucharest, also those without a message."""
    start, end = (
        midnight(day=day).astimezone(UTC),
        midnight(day=day + timedelta(days=1)).astimezone(UTC),
    )
    of_hour = _by_key(stats_rows.hours(start=start, end=end, number_id=number_id))
    moments = (start + n * timedelta(hours=1) for n in range((end - start) // timedelta(hours=1)))
    return [HourCount(at=at, **_tallied(of_hour.get(at, ()))) for at in moments]


def counters() -> Mapping[str, int]:
    """Count what was sent, received and failed in the last 24 hours, for a scrape every minute.

    ``sent`` is what Meta took. The window bounds the work: one range of the BRIN index.
    """
    return Message.objects.filter(created_at__gte=Now() - COUNTER_WINDOW).aggregate(
        sent=Count("id", filter=Q(delivery_status__in=TAKEN)),
        received=Count("id", filter=Q(direction=Direction.RECEIVED.value)),
        failed=Count("id", filter=Q(delivery_status=MessageStatus.FAILED.value)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sources:
    """What was counted, by the same key."""

    counts: Mapping[Key, Sequence[Row]]
    charged: Mapping[Key, Charged]
    times: Mapping[tuple[Key, Clock], Timed]
    late: Mapping[Key, int]
    rates: Sequence[Rate]

    @classmethod
    def of(
        cls,
        period: Period,
        *,
        by: GroupBy | None,
        counts: Mapping[Key, Sequence[Row]],
        rates: Sequence[Rate],
    ) -> _Sources:
        return cls(
            counts=counts,
            charged=stats_rows.charged(period, by=by),
            times=stats_rows.times(period, by=by),
            late=stats_rows.late(period, by=by),
            rates=rates,
        )

    def keys(self) -> list[Key]:
        """All that was counted or timed, or has customers who wait."""
        timed = (key for key, _ in self.times)
        waiting = (key for key in self.late if key is not None)
        return list(dict.fromkeys((*self.counts, *timed, *waiting)))

    def figures(self, key: Key) -> Figures:
        rows = self.counts.get(key, ())
        by_status = _tally((row.status, row.n) for row in rows if row.status)
        charged = self.charged.get(key)
        return Figures(
            sent=_total(rows, Direction.SENT),
            received=_total(rows, Direction.RECEIVED),
            by_status=by_status,
            by_type=_tally((row.message_type, row.n) for row in rows),
            delivery_rate=_share(by_status, ARRIVED, of=_SETTLED),
            read_rate=_share(by_status, READ, of=ARRIVED),
            billable=charged.by_category if charged else {},
            cost=self._cost(charged),
            responses=_responses(
                self.times.get((key, Clock.ANSWER), _NOTHING), waiting=self.late.get(key, 0)
            ),
            resolutions=_resolutions(self.times.get((key, Clock.RESOLUTION), _NOTHING)),
        )

    def _cost(self, charged: Charged | None) -> Estimate | None:
        if not self.rates:
            return None
        return pricing.estimate(charged.delivered if charged else (), rates=self.rates)


def _groups(period: Period, *, by: GroupBy, rates: Sequence[Rate]) -> list[Group]:
    """One for each key, in the order of their names; days in theirs."""
    counts = _by_key(stats_rows.counts(period, by=by))
    sources = _Sources.of(period, by=by, counts=counts, rates=rates)
    names = stats_names.of(sources.keys(), by=by)
    groups = (
        Group(key=key, name=name, **_parts(sources.figures(key))) for key, name in names.items()
    )
    return sorted(groups, key=lambda group: (group.name, str(group.key)))


def _by_key(rows: Iterable[Row]) -> Mapping[Key, Sequence[Row]]:
    of_key: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        of_key[row.key].append(row)
    return of_key


def _parts(figures: Figures) -> dict[str, Any]:
    return {part.name: getattr(figures, part.name) for part in fields(figures)}


def _rates() -> list[Rate]:
    columns = ("calling_code", "category", "amount", "currency", "valid_from")
    return [Rate(**row) for row in Price.objects.order_by("pk").values(*columns)]


def _total(rows: Iterable[Row], direction: Direction) -> int:
    word = direction.value
    return sum(row.n for row in rows if row.direction == word)


def _tally(counts: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    tally: Counter[str] = Counter()
    for key, count in counts:
        tally[key] += count
    return dict(sorted(tally.items()))


def _days(rows: Iterable[Row]) -> tuple[DayCount, ...]:
    of_day = {day: some for day, some in _by_key(rows).items() if isinstance(day, date)}
    return tuple(DayCount(date=day, **_tallied(of_day[day])) for day in sorted(of_day))


def _tallied(rows: Sequence[Row]) -> dict[str, int]:
    return {
        "sent": _total(rows, Direction.SENT),
        "received": _total(rows, Direction.RECEIVED),
        "failed": sum(row.n for row in rows if row.status in FAILED),
    }


def _share(counts: Mapping[str, int], part: Iterable[str], *, of: Iterable[str]) -> float | None:
    whole = sum(counts.get(status, 0) for status in of)
    return sum(counts.get(status, 0) for status in part) / whole if whole else None


def _responses(timed: Timed, *, waiting: int) -> ResponseStats:
    answered = quantiles.count(timed.buckets)
    judged = answered + waiting
    return ResponseStats(
        questions=answered + timed.open,
        answered=answered,
        median=_seconds(timed, 0.5),
        p90=_seconds(timed, 0.9),
        sla_kept=(answered - timed.late) / judged if judged else None,
    )


def _resolutions(timed: Timed) -> ResolutionStats:
    return ResolutionStats(
        resolved=quantiles.count(timed.buckets),
        median=_seconds(timed, 0.5),
        p90=_seconds(timed, 0.9),
    )


def _seconds(timed: Timed, share: float) -> timedelta | None:
    seconds = quantiles.quantile(timed.buckets, share)
    return None if seconds is None else timedelta(seconds=seconds)
