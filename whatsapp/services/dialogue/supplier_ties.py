"""What suppliers write belongs to the order that they were sent last."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from whatsapp.domain.lifecycle import Direction
from whatsapp.models import Message

# Few messages carry a supplier order, and the index holds only those
_NEWEST = f"""
SELECT DISTINCT ON (contact_id) contact_id, supplier_order_id FROM whatsapp_messages
WHERE contact_id = ANY(%s) AND supplier_order_id IS NOT NULL
    AND direction = '{Direction.SENT.value}'
ORDER BY contact_id, id DESC
"""


def tie(messages: Iterable[Message]) -> None:
    """Tie what suppliers write of their own accord, not saved yet, to their newest order.

    What answers a message belongs to what that belongs to, now or when it becomes known.
    """
    free = [m for m in messages if not (m.reply_to_id or m.waits_for)]
    newest = _newest({message.contact_id for message in free})
    for message in free:
        message.supplier_order_id = newest.get(message.contact_id)


def _newest(contact_ids: set[int | None]) -> dict[int | None, int]:
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [list(contact_ids)])
        return dict(cursor.fetchall())
