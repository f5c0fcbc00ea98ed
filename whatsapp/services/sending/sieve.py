"""The last look at rows that were claimed: which of them should still leave, and leave now."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from whatsapp.conf import whatsapp_settings
from whatsapp.domain import quiet_hours
from whatsapp.domain.conversation import window_open
from whatsapp.domain.retry import TEMPLATE_REST, Priority, is_expired
from whatsapp.domain.template import is_lost
from whatsapp.services import orders
from whatsapp.services.outgoing import queueing, resting
from whatsapp.services.outgoing.outbox import Claimed
from whatsapp.services.outgoing.sender_lease import Lease
from whatsapp.services.sending import outcomes, pairs, returns


class Sieve:
    """Knows who got what of this number, for Meta's limit on one recipient.

    What goes back to the queue and is locked by somebody is owed, and returned as soon as it is
    free; the sender waits for nobody.
    """

    def __init__(self, *, lease: Lease) -> None:
        self._lease = lease
        self._pairs = pairs.pacer_for(lease=lease)
        self._owed: list[tuple[Claimed, datetime | None]] = []

    @property
    def owes(self) -> bool:
        """Whether rows have still to go back to the queue."""
        return bool(self._owed)

    def sift(self, claimed: Sequence[Claimed], *, now: datetime) -> list[Claimed]:
        """Return what may leave now; the others are failed, called back or put off.

        The rules were kept when the message was queued, but it may have waited since: for its time,
        for its turn, through an outage.
        """
        if not claimed:
            return []
        allowed = self._without_refused(claimed, now=now)
        overtaken = orders.call_back_overtaken(items=allowed)
        self._return(item for item in allowed if item.message_id in overtaken)
        wanted = [item for item in allowed if item.message_id not in overtaken]
        awake = self._without_resting(self._without_quiet(wanted, now=now), now=now)
        pairs.recall(self._pairs, items=awake, lease=self._lease)
        return [item for item in awake if self._may_have_one(item, now=now)]

    def return_owed(self) -> None:
        """Try again what was locked."""
        for until in {end for _, end in self._owed}:
            items = [item for item, end in self._owed if end == until]
            locked = returns.give_back(items=items, until=until)
            self._owed = [(i, end) for i, end in self._owed if end != until or i in locked]

    def departed(self, item: Claimed) -> None:
        """Count a message against its recipient."""
        if item.contact_id is not None:
            self._pairs.departed(item.contact_id, time.monotonic())

    def _may_have_one(self, item: Claimed, *, now: datetime) -> bool:
        """Tell whether the recipient has rested; else the row goes back until they have.

        It must not stay in hand, where it would take the room of other people's messages.
        """
        if item.contact_id is None:
            return True
        instant = time.monotonic()
        rest = self._pairs.next_departure(item.contact_id, instant) - instant
        if rest > 0:
            self._return([item], until=now + timedelta(seconds=rest))
        return rest <= 0

    def _without_refused(self, items: Sequence[Claimed], *, now: datetime) -> list[Claimed]:
        """Fail what a rule has come to forbid; return the rest."""
        reasons = {item.outbox_id: _why_not(item, now=now) for item in items}
        refused = [
            outcomes.refused(item, reason=reasons[item.outbox_id])
            for item in items
            if reasons[item.outbox_id]
        ]
        if refused:
            locked = outcomes.record(outcomes=refused, now=now)
            self._return(outcome.item for outcome in locked)
        return [item for item in items if not reasons[item.outbox_id]]

    def _without_quiet(self, items: Sequence[Claimed], *, now: datetime) -> list[Claimed]:
        """Put off what is not urgent while the quiet hours last; it lives that much longer.

        What is locked goes back as it is, to be put off when it is claimed again.
        """
        hours = quiet_hours.parse(whatsapp_settings().quiet_hours)
        end = quiet_hours.quiet_until(now, priority=Priority.NOTICE, hours=hours)
        if end is None:
            return list(items)
        early = [item for item in items if item.priority != Priority.REPLY]
        done = queueing.put_off(message_ids=[item.message_id for item in early], until=end)
        self._return((item for item in early if item.message_id in done), until=end)
        self._return(item for item in early if item.message_id not in done)
        return [item for item in items if item.priority == Priority.REPLY]

    def _without_resting(self, items: Sequence[Claimed], *, now: datetime) -> list[Claimed]:
        """Put off what waits for its template: it is looked at again until it expires.

        Other messages to the same people do not wait behind it.
        """
        waiting = [item for item in items if resting.is_waiting(item)]
        if waiting:
            self._return(waiting, until=now + TEMPLATE_REST)
            resting.let_others_pass(items=waiting)
        return [item for item in items if not resting.is_waiting(item)]

    def _return(self, items: Iterable[Claimed], *, until: datetime | None = None) -> None:
        locked = returns.give_back(items=list(items), until=until)
        self._owed += [(item, until) for item in locked]


def _why_not(item: Claimed, *, now: datetime) -> str:
    """Name the rule that forbids the message by now; empty when none does."""
    if is_expired(now=now, expires_at=item.expires_at):
        return "expired"
    if item.needs_window and not window_open(last_inbound_at=item.last_inbound_at, now=now):
        return "The 24-hour window closed before the message could leave; send a template."
    if item.opted_out:
        return "The customer has come to want no marketing messages."
    if is_lost(item.template_status):
        return resting.LOST.format(status=item.template_status)
    return ""
