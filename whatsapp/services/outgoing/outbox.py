"""The queue as rows: who has work, and what is claimed under a sender's lease."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from whatsapp.models.outbox import OutboxKind
from whatsapp.services.outgoing.courtesies import TYPING_LIFE
from whatsapp.services.outgoing.sender_lease import Lease


class LeaseLostError(Exception):
    """Another sender was elected; whoever held the lease must stop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """One row in a sender's hands, with all that sending needs: no further query."""

    outbox_id: int
    message_id: int
    kind: OutboxKind
    epoch: int
    priority: int
    contact_id: int | None
    retries: int
    waits: int
    uuid: UUID
    attempt: int
    content: dict[str, Any] | None
    wamid: str  # of the customer's message, for read receipts
    phone: str
    bsuid: str
    reply_to_wamid: str
    expires_at: datetime
    notice_order_id: int | None = None  # of the order whose notice it is
    needs_window: bool = False  # free text, for which the customer must have written …
    last_inbound_at: datetime | None = None  # … in the last 24 hours
    opted_out: bool = False  # of marketing, which this is
    template_status: str = ""  # as Meta said last; empty without a template

    @property
    def callback_data(self) -> str:
        """What Meta returns with every status of this attempt."""
        return f"{self.uuid}:{self.attempt}"


# Equal priority waits behind a head that was tried before, also once that is due again, or whose
# file is being uploaded, never behind what is unconfirmed or held. The head has a time of its own,
# or its file's id wakes the sender. Read from the index of heads, however much waits behind them.
_HEADS = """
    SELECT 1 FROM whatsapp_outbox ahead
    WHERE ahead.number_id = o.number_id AND ahead.contact_id = o.contact_id
      AND (ahead.state IN ('CLAIMED', 'UPLOADING') OR (ahead.epoch > 0 AND ahead.state = 'PENDING'))
      AND ahead.priority = o.priority AND ahead.id < o.id AND ahead.state <> 'CLAIMED'
      AND (ahead.state = 'PENDING' OR ahead.next_attempt_at <= clock_timestamp())
"""

_IN_FLIGHT = """
    SELECT 1 FROM whatsapp_outbox other
    WHERE other.number_id = o.number_id AND other.contact_id = o.contact_id
      AND (other.state IN ('CLAIMED', 'UPLOADING') OR (other.epoch > 0 AND other.state = 'PENDING'))
      AND other.state = 'CLAIMED'
"""

# One statement, since one is asked 25 times a second: the lease is locked FOR SHARE meanwhile, so
# that a late claim of an old epoch is impossible; without it nothing comes back, not even the row
# of NULLs that says "nothing is due". Each priority is looked at apart, so that what is planned for
# later is not read through. One in flight per contact. What somebody has locked, message or row, is
# passed over: the sender waits for nobody, and so needs no order of locks.
_CLAIM = f"""
    WITH lease AS MATERIALIZED (
        SELECT 1 FROM whatsapp_sender_state
        WHERE number_id = %(number)s AND holder = %(holder)s AND epoch = %(epoch)s
          AND lease_until > clock_timestamp()
        FOR SHARE
    ), due AS MATERIALIZED (
        SELECT DISTINCT ON (coalesce(-contact_id, id)) first.* FROM (
            SELECT o.* FROM lease, unnest(ARRAY[0, 1, 2]) AS level, LATERAL (
                SELECT o.id, o.message_id, o.contact_id, o.kind, o.priority, o.next_attempt_at
                FROM whatsapp_outbox o JOIN whatsapp_messages m ON m.id = o.message_id
                WHERE o.number_id = %(number)s AND o.state = 'PENDING' AND o.priority = level
                  AND o.next_attempt_at <= clock_timestamp()
                  AND (o.kind <> 'MESSAGE'
                       OR m.delivery_status = 'PENDING' AND m.direction = 'SENT')
                  AND NOT EXISTS ({_IN_FLIGHT}) AND NOT EXISTS ({_HEADS})
                ORDER BY o.next_attempt_at, o.id LIMIT %(limit)s
                FOR NO KEY UPDATE OF m, o SKIP LOCKED
            ) AS o ORDER BY o.priority, o.next_attempt_at, o.id LIMIT %(limit)s
        ) AS first
        ORDER BY coalesce(-contact_id, id), priority, next_attempt_at, id
    ), taken AS (
        UPDATE whatsapp_messages m SET delivery_status = 'SENDING', attempts = attempts + 1
        FROM due WHERE m.id = due.message_id AND due.kind = 'MESSAGE'
        RETURNING m.id, m.attempts
    ), mine AS (
        UPDATE whatsapp_outbox o SET state = 'CLAIMED', epoch = %(epoch)s, departed_at = NULL
        FROM due LEFT JOIN taken ON taken.id = due.message_id
        WHERE o.id = due.id AND (o.kind <> 'MESSAGE' OR taken.id IS NOT NULL)
        RETURNING o.id, o.message_id, o.kind, o.epoch, o.priority, o.contact_id, o.number_id,
            o.retries, o.waits, o.next_attempt_at, o.created_at, taken.attempts
    )
    SELECT o.id, o.message_id, o.kind, o.epoch, o.priority, o.contact_id, o.retries, o.waits,
           m.uuid, coalesce(o.attempts, m.attempts), m.content,
           coalesce(m.external_message_id, ''), coalesce(c.phone, ''), coalesce(c.bsuid, ''),
           CASE WHEN m.reply_to_id IS NULL THEN '' ELSE (
               SELECT coalesce(r.external_message_id, '') FROM whatsapp_messages r
               WHERE r.id = m.reply_to_id) END,
           CASE WHEN o.kind = 'TYPING' THEN o.created_at + make_interval(secs => %(typing_life)s)
                ELSE coalesce(m.expires_at, clock_timestamp() + interval '1 day') END,
           n.order_id,
           m.message_type <> 'TEMPLATE' AND o.kind = 'MESSAGE' AND o.contact_id IS NOT NULL,
           CASE WHEN m.message_type <> 'TEMPLATE' THEN (
               SELECT max(v.last_inbound_at) FROM whatsapp_conversations v
               WHERE v.contact_id = o.contact_id AND v.number_id = o.number_id) END,
           c.marketing_consent IS FALSE AND t.category = 'MARKETING',
           CASE WHEN t.deleted_at IS NULL THEN coalesce(t.status, '') ELSE 'DELETED' END
    FROM lease
    LEFT JOIN mine o ON true
    LEFT JOIN whatsapp_messages m ON m.id = o.message_id
    LEFT JOIN whatsapp_contacts c ON c.id = o.contact_id
    LEFT JOIN whatsapp_order_notices n ON n.message_id = o.message_id
    LEFT JOIN whatsapp_templates t ON t.id = m.template_id
    ORDER BY o.priority, o.next_attempt_at, o.id
"""

_NEXT_DUE = f"""
    SELECT min(first.next_attempt_at) FROM unnest(ARRAY[0, 1, 2]) AS level, LATERAL (
        SELECT o.next_attempt_at FROM whatsapp_outbox o
        WHERE o.number_id = %(number)s AND o.state = 'PENDING' AND o.priority = level
          AND NOT EXISTS ({_HEADS})
        ORDER BY o.next_attempt_at, o.id LIMIT 1
    ) AS first
"""

_NEGLECTED = f"""
    SELECT b.id FROM whatsapp_business_numbers b
    LEFT JOIN whatsapp_sender_state s ON s.number_id = b.id
    WHERE (s.lease_until IS NULL OR s.lease_until < clock_timestamp())
      AND coalesce(s.breaker ->> 'state', 'CLOSED') <> 'OPEN'
      AND EXISTS (
        SELECT 1 FROM whatsapp_outbox o
        WHERE o.number_id = b.id AND o.state = 'PENDING'
          AND o.next_attempt_at <= clock_timestamp() - make_interval(secs => %(since)s)
          AND NOT EXISTS ({_HEADS}))
    ORDER BY b.id
"""


def claim(*, lease: Lease, limit: int) -> list[Claimed]:
    """Take up to ``limit`` due rows under the lease, in the order they should leave.

    Raises LeaseLostError.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "number": lease.number_id,
                "holder": lease.holder,
                "epoch": lease.epoch,
                "limit": limit,
                "typing_life": TYPING_LIFE.total_seconds(),
            },
        )
        rows = cursor.fetchall()
    if not rows:
        raise LeaseLostError
    return [_claimed(row) for row in rows if row[0] is not None]


def next_due_in(*, number_id: int) -> timedelta | None:
    """How long until the number has something to send; None when nothing waits for time alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT due.at - clock_timestamp() FROM ({_NEXT_DUE}) AS due(at)",
            {"number": number_id},
        )
        rest: timedelta | None = cursor.fetchone()[0]
    return rest


def neglected(*, since: timedelta) -> list[int]:
    """Numbers that may send and have rows due for that long, but nobody who sends them."""
    with connection.cursor() as cursor:
        cursor.execute(_NEGLECTED, {"since": since.total_seconds()})
        return [row[0] for row in cursor.fetchall()]


def _claimed(row: tuple[Any, ...]) -> Claimed:
    content = json.loads(row[10]) if isinstance(row[10], str) else row[10]
    return Claimed(
        outbox_id=row[0],
        message_id=row[1],
        kind=OutboxKind(row[2]),
        epoch=row[3],
        priority=row[4],
        contact_id=row[5],
        retries=row[6],
        waits=row[7],
        uuid=row[8],
        attempt=row[9],
        content=content,
        wamid=row[11],
        phone=row[12],
        bsuid=row[13],
        reply_to_wamid=row[14],
        expires_at=row[15],
        notice_order_id=row[16],
        needs_window=bool(row[17]),
        last_inbound_at=row[18],
        opted_out=bool(row[19]),
        template_status=row[20],
    )
