"""The hours in which customers are left in peace: what is not urgent waits for their end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from whatsapp.domain.retry import Priority

_SPELLING = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d) (\S+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietHours:
    """Every day from ``start`` to ``end`` by the clocks of ``zone``; over midnight if start > end.

    What a change of the clocks leaves in doubt is quiet: an hour that comes twice both times, a
    time that is skipped as long as either reading of it.
    """

    start: time
    end: time
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("Quiet hours must begin and end at different times.")

    def beginning_on(self, day: date) -> tuple[datetime, datetime]:
        """Return the first quiet moment and the first one after, in UTC."""
        last_day = day if self.start < self.end else day + timedelta(days=1)
        return min(self._readings(day, self.start)), max(self._readings(last_day, self.end))

    def _readings(self, day: date, at: time) -> list[datetime]:
        local = datetime.combine(day, at, tzinfo=self.zone)
        return [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]


@cache
def parse(text: str) -> QuietHours | None:
    """Read ``21:00-08:00 Europe/Bucharest``; the empty text is no quiet hours at all.

    ValueError, or for a zone nobody knows what ZoneInfo raises: a KeyError or an OSError.
    """
    if not text:
        return None
    found = _SPELLING.fullmatch(text)
    if found is None:
        raise ValueError(f"Quiet hours are written '21:00-08:00 Europe/Bucharest', not {text!r}.")
    start, end = (time.fromisoformat(part) for part in found.group(1, 2))
    return QuietHours(start=start, end=end, zone=ZoneInfo(found[3]))


def quiet_until(
    moment: datetime, *, priority: Priority, hours: QuietHours | None
) -> datetime | None:
    """Say until when a message of this priority rests (UTC), None if it may leave at ``moment``.

    A reply never rests: somebody is waiting for it.
    """
    if hours is None or priority is Priority.REPLY:
        return None
    today = moment.astimezone(hours.zone).date()
    for day in (today - timedelta(days=1), today):
        start, end = hours.beginning_on(day)
        if start <= moment < end:
            return end
    return None
