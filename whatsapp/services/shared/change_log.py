"""The log of changes: written with what changed, read so that nothing is skipped or told twice.

Ids are given out in one order and committed in another, so "after the highest id I saw" would miss
what commits late. A reader's position is PostgreSQL's own snapshot of its last look: what was
visible in it has been read, whatever was not is news.
docs/decisions/0033-positions-are-snapshots.md says why.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from whatsapp.errors import ValidationError
from whatsapp.models import Change
from whatsapp.models.change import ChangeKind

RETENTION = timedelta(days=3)
MARGIN = timedelta(hours=1)  # younger than this before the end of the log: a purge may run now
MOST_IDS = 500  # of one row
MOST_ROWS = 10_000  # of one look; who has missed more should look at everything anew
MOST_NAMED = 100_000  # ids in them; a night of receipts may be millions
_POSITION = re.compile(r"\d{1,18}:\d{1,18}:(?:\d{1,18}(?:,\d{1,18}){0,999})?@\d{1,11}", re.ASCII)

_INSERT = """
    INSERT INTO whatsapp_changes (xact, kind, ids)
    VALUES (pg_current_xact_id()::text::bigint, %s, %s)
"""
_INSERT_HANDING = """
    INSERT INTO whatsapp_changes (xact, kind, ids, was_with, is_with)
    VALUES (pg_current_xact_id()::text::bigint, %s, %s, %s, %s)
"""
_NOW = "SELECT pg_current_snapshot()::text, extract(epoch FROM now())::bigint"
# Rows at or above the snapshot's end were restored from a server that counted otherwise
_READ = """
    SELECT present.snapshot::text, present.second, news.*
    FROM (
        SELECT coalesce(%(until)s::pg_snapshot, pg_current_snapshot()) AS snapshot,
            extract(epoch FROM now())::bigint AS second
    ) present
    LEFT JOIN LATERAL (
        SELECT change.xact, change.id, change.kind, change.ids, change.created_at,
            change.was_with, change.is_with,
            sum(cardinality(change.ids)) OVER (ORDER BY change.xact, change.id) AS named
        FROM (
            SELECT change.* FROM whatsapp_changes change
            WHERE change.xact >= %(oldest)s
              AND NOT pg_visible_in_snapshot(change.xact::text::xid8, %(after)s::pg_snapshot)
              AND pg_visible_in_snapshot(change.xact::text::xid8, present.snapshot)
            ORDER BY change.xact, change.id LIMIT %(limit)s
        ) change
    ) news ON news.named - cardinality(news.ids) <= %(most)s
    ORDER BY news.xact, news.id
"""
_PLACES = "SELECT id, conversation_id FROM whatsapp_messages WHERE id = ANY(%s)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """What a reader has seen: PostgreSQL's snapshot, and the second it was taken.

    All transactions before ``oldest`` had ended, none from ``end`` on had begun; between them those
    in ``running`` had not ended.
    """

    oldest: int
    end: int
    running: tuple[int, ...] = ()
    second: int = 0

    def __str__(self) -> str:
        return f"{self.snapshot}@{self.second}"

    @property
    def snapshot(self) -> str:
        """As PostgreSQL writes it."""
        return f"{self.oldest}:{self.end}:{','.join(map(str, self.running))}"

    def covers(self, xact: int) -> bool:
        """Tell whether what this transaction committed had been seen."""
        return xact < self.oldest or (xact < self.end and xact not in self.running)

    def is_before(self, other: Position) -> bool:
        """Tell whether the other one saw more."""
        return (self.end, -len(self.running)) < (other.end, -len(other.running))


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """What a change happened to; a change of a conversation names no message."""

    conversation: int | None
    message: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A change as listeners are told it; of a handing over, whose it was and whose it is."""

    xact: int
    row: int
    kind: str
    items: tuple[Item, ...]
    at: datetime
    was_with: int | None = None
    is_with: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What came between two positions, and the later one; without events when it was too much."""

    events: tuple[Event, ...]
    position: Position
    is_cut: bool = False


def note(*, kind: ChangeKind, ids: Sequence[int]) -> None:
    """Log a change of these rows, in the transaction that makes it."""
    with connection.cursor() as cursor:
        for start in range(0, len(ids), MOST_IDS):
            cursor.execute(_INSERT, [kind.value, list(ids[start : start + MOST_IDS])])


def note_handing(*, conversation_id: int, was_with: int | None, is_with: int | None) -> None:
    """Log that a conversation was handed to somebody, in the transaction that does it."""
    kind = ChangeKind.CONVERSATION_HIDDEN.value
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_HANDING, [kind, [conversation_id], was_with, is_with])


def here() -> Position:
    """Return the position of somebody who has seen all there is."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW)
        return _position(*cursor.fetchone())


def parse(*, position: str) -> Position:
    """Read a position that was given out; ValidationError for anything else."""
    if _POSITION.fullmatch(position):
        given = _position(*position.split("@"))
        places = [given.oldest, *given.running]
        last = given.end - 1 if given.running else given.end
        if given.oldest > 0 and places == sorted(places) and places[-1] <= last:
            return given
    raise ValidationError(
        "This position was not given out here; begin without one.",
        details={"field": "Last-Event-ID"},
    )


def is_lost(*, position: Position) -> bool:
    """Tell whether what came after it may be purged by now, or another server gave it out."""
    present = here()
    age = timedelta(seconds=present.second - position.second)
    return age > RETENTION - MARGIN or position.end > present.end


def read(*, after: Position, until: Position | None = None) -> News:
    """Read what was committed after one position, and not after the other; in writing order."""
    with connection.cursor() as cursor:
        cursor.execute(
            _READ,
            {
                "after": after.snapshot,
                "oldest": after.oldest,
                "until": until.snapshot if until else None,
                "limit": MOST_ROWS + 1,
                "most": MOST_NAMED,
            },
        )
        rows = cursor.fetchall()
    position = until or _position(*rows[0][:2])
    *_, named = rows[-1]
    if len(rows) > MOST_ROWS or (named or 0) > MOST_NAMED:
        return News(events=(), position=position, is_cut=True)
    found = [row[2:-1] for row in rows if row[2] is not None]
    return News(events=tuple(_events(found)), position=position)


def purge(*, now: datetime) -> int:
    """Delete what is older than ``RETENTION``; give how many rows."""
    return Change.objects.filter(created_at__lt=now - RETENTION).delete()[0]


def _position(snapshot: str, second: int | str) -> Position:
    oldest, end, running = snapshot.split(":")
    return Position(
        oldest=int(oldest),
        end=int(end),
        running=tuple(int(each) for each in running.split(",") if each),
        second=int(second),
    )


def _events(rows: Sequence[tuple[Any, ...]]) -> list[Event]:
    places = _places(rows)
    return [
        Event(
            xact=xact,
            row=row,
            kind=kind,
            at=at,
            items=tuple(_item(kind, one, places) for one in ids),
            was_with=was_with,
            is_with=is_with,
        )
        for xact, row, kind, ids, at, was_with, is_with in rows
    ]


def _places(rows: Sequence[tuple[Any, ...]]) -> Mapping[int, int | None]:
    """In which conversations the messages are now."""
    ids = {one for _, _, kind, ids, *_ in rows if ChangeKind(kind).is_of_messages for one in ids}
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(ids)])
        return dict(cursor.fetchall())


def _item(kind: str, one: int, places: Mapping[int, int | None]) -> Item:
    if ChangeKind(kind).is_of_messages:
        return Item(conversation=places.get(one), message=one)
    return Item(conversation=one)
