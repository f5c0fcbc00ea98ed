"""The queue as rows: claimed under the sender's lease, given back when they did not leave."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from whatsapp.models import OutboxItem
from whatsapp.models.outbox import OutboxKind, OutboxState
from whatsapp.services.sender_lease import Lease, brief


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

    @property
    def callback_data(self) -> str:
        """What Meta returns with every status of this attempt."""
        return f"{self.uuid}:{self.attempt}"


# In the order they should leave. One in flight per contact; equal priority waits behind a head that
# was tried before, also once that is due again, never behind what is unconfirmed or held.
_DUE = """
    SELECT o.id, o.message_id, o.contact_id FROM whatsapp_outbox o
    WHERE o.number_id = %(number)s AND o.state = 'PENDING'
      AND o.next_attempt_at <= clock_timestamp()
      AND NOT EXISTS (
        SELECT 1 FROM whatsapp_outbox ahead
        WHERE ahead.contact_id = o.contact_id AND ahead.number_id = o.number_id
          AND ahead.id <> o.id
          AND (ahead.state = 'CLAIMED'
               OR ahead.state = 'PENDING' AND ahead.priority = o.priority AND ahead.id < o.id
                  AND ahead.epoch > 0))
    ORDER BY o.priority, o.next_attempt_at, o.id
    LIMIT %(limit)s
"""

# A message that somebody has locked is left for the next look: the sender must not wait for them
_TAKE_MESSAGES = """
    UPDATE whatsapp_messages SET delivery_status = 'SENDING', attempts = attempts + 1
    WHERE id IN (SELECT id FROM whatsapp_messages WHERE id = ANY(%(messages)s)
                 AND direction = 'SENT' ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
      AND delivery_status = 'PENDING'
    RETURNING id
"""

_TAKE_ROWS = """
    UPDATE whatsapp_outbox SET state = 'CLAIMED', epoch = %(epoch)s, departed_at = NULL
    WHERE id IN (SELECT id FROM whatsapp_outbox WHERE id = ANY(%(rows)s) AND state = 'PENDING'
                 AND (kind <> 'MESSAGE' OR message_id = ANY(%(taken)s))
                 ORDER BY id FOR UPDATE)
    RETURNING id
"""

_READ = """
    SELECT o.id, o.message_id, o.kind, o.epoch, o.priority, o.contact_id, o.retries, o.waits,
           m.uuid, m.attempts, m.content, coalesce(m.external_message_id, ''),
           coalesce(c.phone, ''), coalesce(c.bsuid, ''),
           coalesce(r.external_message_id, ''),
           coalesce(m.expires_at, clock_timestamp() + interval '1 day'), n.order_id
    FROM whatsapp_outbox o
    JOIN whatsapp_messages m ON m.id = o.message_id
    LEFT JOIN whatsapp_contacts c ON c.id = m.contact_id
    LEFT JOIN whatsapp_messages r ON r.id = m.reply_to_id
    LEFT JOIN whatsapp_order_notices n ON n.message_id = m.id
    WHERE o.id = ANY(%(rows)s) ORDER BY o.priority, o.next_attempt_at, o.id
"""


def claim(*, lease: Lease, limit: int) -> list[Claimed]:
    """Take up to ``limit`` due rows under the lease, in the order they should leave.

    The lease row is locked FOR SHARE meanwhile, so that a late claim of an old epoch is
    impossible. Raises LeaseLostError.
    """
    with brief() as cursor:
        _require_lease(cursor, lease)
        cursor.execute(_DUE, {"number": lease.number_id, "limit": limit})
        due = _one_per_contact(cursor.fetchall())
        if not due:
            return []
        cursor.execute(_TAKE_MESSAGES, {"messages": [message for _, message in due]})
        taken = [row[0] for row in cursor.fetchall()]
        rows = [row for row, _ in due]
        cursor.execute(_TAKE_ROWS, {"rows": rows, "taken": taken, "epoch": lease.epoch})
        cursor.execute(_READ, {"rows": [row[0] for row in cursor.fetchall()]})
        return [_claimed(row) for row in cursor.fetchall()]


def give_back(*, items: Sequence[Claimed], rest: timedelta = timedelta(0)) -> None:
    """Return rows that never left to the queue, unless a newer sender has claimed them since.

    They keep their place; with ``rest`` they are not due before it is over.
    """
    if not items:
        return
    with brief() as cursor:
        values: dict[str, Any] = {
            "messages": [item.message_id for item in items if item.kind is OutboxKind.MESSAGE],
            "attempts": [item.attempt for item in items if item.kind is OutboxKind.MESSAGE],
            "rows": [item.outbox_id for item in items],
            "epoch": items[0].epoch,
            "rest": rest,
        }
        # our own word that nothing left is worth more than the taker's doubt
        cursor.execute(
            """
            UPDATE whatsapp_messages m SET delivery_status = 'PENDING'
            FROM unnest(%(messages)s::bigint[], %(attempts)s::int[]) AS mine(id, attempt)
            WHERE m.id = mine.id AND m.attempts = mine.attempt
              AND m.delivery_status IN ('SENDING', 'UNCONFIRMED')
            """,
            values,
        )
        cursor.execute(
            """
            UPDATE whatsapp_outbox SET state = 'PENDING', departed_at = NULL, reason = '',
                next_attempt_at = CASE WHEN %(rest)s > interval '0'
                    THEN clock_timestamp() + %(rest)s ELSE next_attempt_at END
            WHERE id = ANY(%(rows)s) AND epoch = %(epoch)s
              AND state IN ('CLAIMED', 'UNCONFIRMED', 'HELD')
            """,
            values,
        )


def take_over(*, lease: Lease) -> int:
    """Judge what earlier senders left in their hands: it may have departed, so UNCONFIRMED.

    What somebody has locked is left for the next look. Receipts and typing indicators are harmless
    twice and go back to the queue.
    """
    orphans = OutboxItem.objects.filter(
        number_id=lease.number_id, state=OutboxState.CLAIMED.value, epoch__lt=lease.epoch
    )
    messages = list(orphans.values_list("message_id", flat=True))
    if not messages:
        return 0
    with brief() as cursor:
        _require_lease(cursor, lease)
        cursor.execute(
            """
            SELECT id FROM whatsapp_messages WHERE id = ANY(%s) ORDER BY id
            FOR NO KEY UPDATE SKIP LOCKED
            """,
            [messages],
        )
        free = [row[0] for row in cursor.fetchall()]
        values: dict[str, Any] = {"messages": free, "epoch": lease.epoch}
        cursor.execute(
            """
            UPDATE whatsapp_messages SET delivery_status = 'UNCONFIRMED'
            WHERE id = ANY(%(messages)s) AND delivery_status = 'SENDING'
            """,
            values,
        )
        cursor.execute(
            """
            UPDATE whatsapp_outbox SET state = 'UNCONFIRMED', departed_at = clock_timestamp(),
                reason = 'The sender stopped while the message was in its hands.'
            WHERE message_id = ANY(%(messages)s) AND state = 'CLAIMED' AND kind = 'MESSAGE'
              AND epoch < %(epoch)s
            """,
            values,
        )
        doubtful = int(cursor.rowcount)
        orphans.exclude(kind=OutboxKind.MESSAGE.value).update(state=OutboxState.PENDING.value)
        return doubtful


def next_due_at(*, number_id: int) -> datetime | None:
    """When the number has something to send next; None when nothing waits."""
    return (
        OutboxItem.objects.filter(number_id=number_id, state=OutboxState.PENDING.value)
        .order_by("next_attempt_at")
        .values_list("next_attempt_at", flat=True)
        .first()
    )


def others_waiting(*, number_id: int, before: datetime) -> bool:
    """Whether another number has rows due since then and nobody who sends them."""
    return (
        OutboxItem.objects.filter(state=OutboxState.PENDING.value, next_attempt_at__lte=before)
        .exclude(number_id=number_id)
        .exclude(number__sender_state__lease_until__gte=before)
        .exists()
    )


def _require_lease(cursor: Any, lease: Lease) -> None:
    cursor.execute(
        """
        SELECT 1 FROM whatsapp_sender_state
        WHERE number_id = %s AND holder = %s AND epoch = %s AND lease_until > clock_timestamp()
        FOR SHARE
        """,
        [lease.number_id, lease.holder, lease.epoch],
    )
    if cursor.fetchone() is None:
        raise LeaseLostError


def _one_per_contact(due: Sequence[tuple[int, int, int | None]]) -> list[tuple[int, int]]:
    seen: set[int] = set()
    chosen = []
    for row, message, contact in due:
        if contact is None or contact not in seen:
            chosen.append((row, message))
        if contact is not None:
            seen.add(contact)
    return chosen


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
    )
