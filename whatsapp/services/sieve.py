"""The last look at rows that were claimed: which of them should still leave, and leave now."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from whatsapp.domain.conversation import window_open
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
        if not claimed:
            return []
        refused = [
            outcomes.refused(item, reason) for item in claimed if (reason := _why_not(item, now))
        ]
        if refused:
            outcomes.record(outcomes=refused, now=now)
        gone = {outcome.item.outbox_id for outcome in refused}
        live = [item for item in claimed if item.outbox_id not in gone]
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


def _why_not(item: Claimed, now: datetime) -> str:
    """Say which rule has come to forbid the message while it waited; empty when none has."""
    if is_expired(now=now, expires_at=item.expires_at):
        return "expired"
    if item.needs_window and not window_open(last_inbound_at=item.last_inbound_at, now=now):
        return "The 24-hour window closed before the message could leave; send a template."
    if item.opted_out:
        return "The customer wants no marketing messages any more."
    return ""
