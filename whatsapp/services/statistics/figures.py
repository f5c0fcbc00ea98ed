"""What is told of some days: counts, rates, times and costs, together and by whatever is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.pricing import Estimate
from whatsapp.services.statistics.rows import GroupBy, Key

READ = (MessageStatus.READ.value,)
ARRIVED = (MessageStatus.DELIVERED.value, *READ)
TAKEN = (MessageStatus.SENT.value, *ARRIVED)
FAILED = (MessageStatus.FAILED.value,)


@dataclass(frozen=True, kw_only=True, slots=True)
class DayCount:
    """One day in Bucharest; ``failed`` of those sent."""

    date: date
    sent: int
    received: int
    failed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HourCount:
    """One hour, from ``at`` on; ``failed`` of those sent."""

    at: datetime
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
class ResolutionStats:
    """How long matters took, from the customer's first word until they were resolved."""

    resolved: int
    median: timedelta | None
    p90: timedelta | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Rates are shares; None is a share of nothing.

    ``delivery_rate`` is of what Meta took or failed, ``read_rate`` of what was delivered; who hid
    the blue ticks never reads. ``billable`` counts what Meta said it charges, by category;
    ``cost`` is what the delivered ones of them cost by the rate card, None when it is empty.
    """

    sent: int
    received: int
    by_status: Mapping[str, int]
    by_type: Mapping[str, int]
    delivery_rate: float | None
    read_rate: float | None
    billable: Mapping[str, int]
    cost: Estimate | None
    responses: ResponseStats
    resolutions: ResolutionStats

    @property
    def taken(self) -> int:
        """What Meta took."""
        return self._count(TAKEN)

    @property
    def delivered(self) -> int:
        return self._count(ARRIVED)

    @property
    def read(self) -> int:
        return self._count(READ)

    @property
    def failed(self) -> int:
        return self._count(FAILED)

    def _count(self, statuses: Iterable[str]) -> int:
        return sum(self.by_status.get(status, 0) for status in statuses)


@dataclass(frozen=True, kw_only=True, slots=True)
class Group(Figures):
    """The figures of one day, number, template, agent or order event; None: of none."""

    key: Key
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageStats(Figures):
    """All of the days from ``start`` to before ``end``; counted up to ``as_of``."""

    start: datetime
    end: datetime
    as_of: datetime
    by_day: tuple[DayCount, ...]
    groups: Mapping[GroupBy, Sequence[Group]] = field(default_factory=dict)
