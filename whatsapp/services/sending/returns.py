"""Rows on their way back to the queue: they never left, or nobody knows whether they did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from whatsapp.models import OutboxItem
from whatsapp.models.outbox import OutboxKind, OutboxState
from whatsapp.services.outgoing.outbox import Claimed, LeaseLostError
from whatsapp.services.outgoing.sender_lease import Lease, brief

_LOCK = """
    SELECT o.id FROM whatsapp_outbox o JOIN whatsapp_messages m ON m.id = o.message_id
    WHERE o.id = ANY(%s) ORDER BY m.id, o.id FOR NO KEY UPDATE OF m, o SKIP LOCKED
"""


def give_back(*, items: Sequence[Claimed], until: datetime | None = None) -> list[Claimed]:
    """Return rows that never left to the queue, unless a newer sender has claimed them since.

    They keep their place; with ``until`` they are not due before it. Nobody is waited for: what
    somebody has locked comes back, for the next try.
    """
    if not items:
        return []
    with brief() as cursor:
        locked = _locked(cursor, [item.outbox_id for item in items])
        free = [item for item in items if item.outbox_id not in locked]
        values: dict[str, Any] = {
            "messages": [item.message_id for item in free if item.kind is OutboxKind.MESSAGE],
            "attempts": [item.attempt for item in free if item.kind is OutboxKind.MESSAGE],
            "rows": [item.outbox_id for item in free],
            "epoch": items[0].epoch,
            "until": until,
        }
        cursor.execute(
            """
            UPDATE whatsapp_outbox SET state = 'PENDING', departed_at = NULL, reason = '',
                next_attempt_at = coalesce(%(until)s, next_attempt_at)
            WHERE id = ANY(%(rows)s) AND epoch = %(epoch)s
              AND state IN ('CLAIMED', 'UNCONFIRMED', 'HELD')
            RETURNING message_id
            """,
            values,
        )
        # our own word that nothing left is worth more than the taker's doubt; but what a person
        # has dismissed meanwhile has no row to leave by
        values["returned"] = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            """
            UPDATE whatsapp_messages m SET delivery_status = 'PENDING'
            FROM unnest(%(messages)s::bigint[], %(attempts)s::int[]) AS mine(id, attempt)
            WHERE m.id = mine.id AND m.attempts = mine.attempt AND m.id = ANY(%(returned)s)
              AND m.delivery_status IN ('SENDING', 'UNCONFIRMED')
            """,
            values,
        )
    return [item for item in items if item.outbox_id in locked]


def _locked(cursor: Any, rows: Iterable[int]) -> set[int]:
    """Lock rows and their messages; return those of them which somebody else holds."""
    cursor.execute("SELECT id FROM whatsapp_outbox WHERE id = ANY(%s)", [list(rows)])
    known = [row[0] for row in cursor.fetchall()]
    cursor.execute(_LOCK, [known])
    return set(known) - {row[0] for row in cursor.fetchall()}


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


def give_back_unknown(*, lease: Lease) -> bool:
    """Return what was claimed under a lease and never reached the hands of its holder.

    A connection that is lost takes the answer to a claim with it. Only for the holder itself to
    call, when nothing is in hand and all it knows is written: then such a row cannot have left.
    Tells whether that was all: what somebody has locked is left for the next try.
    """
    lost = OutboxItem.objects.filter(
        number_id=lease.number_id, epoch=lease.epoch, state=OutboxState.CLAIMED.value
    )
    rows = list(lost.values_list("pk", flat=True))
    if not rows:
        return True
    with brief() as cursor:
        locked = _locked(cursor, rows)
        values: dict[str, Any] = {"rows": [pk for pk in rows if pk not in locked]}
        values["epoch"] = lease.epoch
        cursor.execute(
            """
            WITH lost AS (
                UPDATE whatsapp_outbox SET state = 'PENDING'
                WHERE id = ANY(%(rows)s) AND epoch = %(epoch)s AND state = 'CLAIMED'
                RETURNING message_id, kind
            )
            UPDATE whatsapp_messages m SET delivery_status = 'PENDING' FROM lost
            WHERE m.id = lost.message_id AND lost.kind = 'MESSAGE' AND m.delivery_status = 'SENDING'
            """,
            values,
        )
    return not locked


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
