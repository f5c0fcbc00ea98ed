"""What each person got of a number lately, whoever of our senders sent it.

A sender lets go after half a second of idleness; Meta's limit on one recipient goes on.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from whatsapp.domain.pace import PAIR_BURST, PAIR_INTERVAL, PairPacer
from whatsapp.services.outgoing.outbox import Claimed
from whatsapp.services.outgoing.sender_lease import Lease

# Twice the longest debt: what was borrowed before that is paid, but for the most constant writers
MEMORY = timedelta(seconds=2 * PAIR_BURST * PAIR_INTERVAL)

# Of each number this process sent for: the epoch of its last lease, and what it knows by that
_known: dict[int, tuple[int, PairPacer]] = {}

# By the index of the thread; departures doubted count as such
_DEPARTURES = """
    SELECT v.contact_id, extract(epoch FROM %(now)s - m.happened_at)
    FROM whatsapp_conversations v JOIN whatsapp_messages m ON m.conversation_id = v.id
    WHERE v.number_id = %(number)s AND v.contact_id = ANY(%(contacts)s)
      AND m.happened_at > %(now)s - %(memory)s AND m.direction = 'SENT'
      AND (m.sent_at IS NOT NULL OR m.delivery_status = 'UNCONFIRMED')
    ORDER BY m.happened_at
"""


def pacer_for(*, lease: Lease) -> PairPacer:
    """Return what this process remembers of the number; nothing if another has sent since."""
    epoch, pacer = _known.get(lease.number_id, (0, PairPacer()))
    if epoch != lease.epoch - 1:
        pacer = PairPacer()
    _known[lease.number_id] = lease.epoch, pacer
    return pacer


def recall(pacer: PairPacer, *, items: Sequence[Claimed], lease: Lease) -> None:
    """Read from the rows what people got lately of whom nothing is remembered.

    Only of those with whom we are talking: nobody gets 45 templates in four minutes.
    """
    strangers = {
        item.contact_id
        for item in items
        if item.needs_window and item.contact_id and not pacer.knows(item.contact_id)
    }
    if not strangers:
        return
    instant = time.monotonic()
    values: dict[str, Any] = {
        "number": lease.number_id,
        "contacts": list(strangers),
        "now": lease.at(instant),
        "memory": MEMORY,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DEPARTURES, values)
        for contact_id, age in cursor.fetchall():
            pacer.departed(contact_id, instant - float(age))
