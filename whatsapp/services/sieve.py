"""The last look at rows that were claimed: which of them should still leave, and leave now."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from whatsapp.domain.pace import PairPacer
from whatsapp.domain.retry import is_expired
from whatsapp.services import orders, outbox, outcomes
from whatsapp.services.outbox import Claimed


class Sieve:
    """Remembers who got what of this sender, for Meta's limit on one recipient."""

    def __init__(self) -> None:
        self._pairs = PairPacer()

    def sift(self, claimed: Sequence[Claimed], *, now: datetime) -> list[Claimed]:
        """Return what may leave now; the others are failed, called back or put off."""
        expired = [item for item in claimed if is_expired(now=now, expires_at=item.expires_at)]
        if expired:
            outcomes.record(outcomes=[outcomes.expired(item) for item in expired], now=now)
        live = [item for item in claimed if item not in expired]
        overtaken = orders.call_back_overtaken(items=live)
        return [
            item for item in live if item.message_id not in overtaken and self._may_have_one(item)
        ]

    def departed(self, item: Claimed) -> None:
        """Count a message against its recipient."""
        if item.contact_id is not None:
            self._pairs.departed(item.contact_id, time.monotonic())

    def _may_have_one(self, item: Claimed) -> bool:
        """Tell whether the recipient has rested; else the row goes back until they have.

        It must not stay in hand, where it would take the room of other people's messages.
        """
        if item.contact_id is None:
            return True
        now = time.monotonic()
        rest = self._pairs.next_departure(item.contact_id, now) - now
        if rest > 0:
            outbox.give_back(items=[item], rest=timedelta(seconds=rest))
        return rest <= 0
