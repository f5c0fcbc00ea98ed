"""Who may send for a number: one elected sender at a time, by a lease in its row.

All instants are the database's clock (``clock_timestamp()``); the holder also keeps a deadline on
its own monotonic clock, counted from before the statement was sent, and stops at it unasked.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from whatsapp.conf import whatsapp_settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """The right to send; ``deadline``, ``silent_until``, ``departures`` in monotonic seconds."""

    number_id: int
    holder: str
    epoch: int
    deadline: float
    silent_until: float
    departures: tuple[float, ...]
    clock_offset: float  # database time minus monotonic time, at most

    def at(self, instant: float) -> datetime:
        """A monotonic instant by the database's clock, which all senders share."""
        return datetime.fromtimestamp(instant + self.clock_offset, tz=UTC)

    def now(self) -> datetime:
        """The present by the database's clock."""
        return self.at(time.monotonic())


def elect(*, number_id: int) -> Lease | None:
    """Try to become the number's sender; None while another's lease runs, or its row is in use.

    After an unclean end nobody knows what left in the last second, so the new holder stays silent
    for one second and the margin after the old lease's end. A clean one passes its departures on.
    """
    conf = whatsapp_settings()
    holder = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO whatsapp_sender_state (number_id) VALUES (%s) ON CONFLICT DO NOTHING",
            [number_id],
        )
        cursor.execute(
            """
            WITH old AS (
                SELECT number_id, holder, lease_until FROM whatsapp_sender_state
                WHERE number_id = %s AND (holder = '' OR lease_until < clock_timestamp())
                FOR UPDATE SKIP LOCKED
            )
            UPDATE whatsapp_sender_state AS state
            SET holder = %s, epoch = epoch + 1,
                lease_until = clock_timestamp() + make_interval(secs => %s)
            FROM old WHERE state.number_id = old.number_id
            RETURNING state.epoch, state.departures, extract(epoch FROM clock_timestamp()),
                CASE WHEN old.holder = '' THEN NULL ELSE extract(epoch FROM old.lease_until) END
            """,
            [number_id, holder, conf.sender_lease.total_seconds()],
        )
        row = cursor.fetchone()
        ended = time.monotonic()
    if row is None:
        return None
    epoch, departures, now, unclean_end = row
    # The two clocks were read apart, perhaps by a long wait for the row. Each way round takes the
    # end of that span which makes a departure look later than it was, never earlier.
    offset = float(now) - ended
    margin = conf.sender_margin.total_seconds()
    silent_until = 0.0 if unclean_end is None else float(unclean_end) - offset + 1 + margin
    return Lease(
        number_id=number_id,
        holder=holder,
        epoch=epoch,
        deadline=_deadline(started),
        silent_until=silent_until,
        departures=tuple(float(at) - offset for at in json.loads(departures)),
        clock_offset=float(now) - started,
    )


def renew(lease: Lease) -> Lease | None:
    """Prolong the lease; None when it ran out or somebody else took it."""
    started = time.monotonic()
    length = whatsapp_settings().sender_lease.total_seconds()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE whatsapp_sender_state
            SET lease_until = clock_timestamp() + make_interval(secs => %s)
            WHERE number_id = %s AND holder = %s AND epoch = %s
              AND lease_until > clock_timestamp()
            RETURNING extract(epoch FROM clock_timestamp())
            """,
            [length, lease.number_id, lease.holder, lease.epoch],
        )
        row = cursor.fetchone()
        ended = time.monotonic()
    if row is None:
        return None
    least, most = float(row[0]) - ended, float(row[0]) - started
    # what was known before and still may be is nearer the truth than another slow round trip
    offset = lease.clock_offset if least <= lease.clock_offset <= most else most
    return replace(lease, deadline=_deadline(started), clock_offset=offset)


def release(lease: Lease, *, departures: list[float]) -> None:
    """End the lease cleanly and pass the departures of the last second on."""
    passed_on = json.dumps([round(at + lease.clock_offset, 6) for at in departures])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE whatsapp_sender_state SET holder = '', lease_until = NULL, departures = %s
            WHERE number_id = %s AND holder = %s AND epoch = %s
            """,
            [passed_on, lease.number_id, lease.holder, lease.epoch],
        )


@contextmanager
def brief(*, silence: timedelta | None = None) -> Iterator[CursorWrapper]:
    """A transaction which the server ends when its client falls silent: for a lease by default.

    A process that was paused, or cut off from the network, in the midst of one would else keep its
    locks, and the others waiting at them.
    """
    limit = silence or whatsapp_settings().sender_lease
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, true)",
            [str(int(limit.total_seconds() * 1000))],
        )
        yield cursor


def _deadline(started: float) -> float:
    conf = whatsapp_settings()
    return started + (conf.sender_lease - conf.sender_safety).total_seconds()
