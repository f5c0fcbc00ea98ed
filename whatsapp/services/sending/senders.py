"""What each number's sender is doing: who holds its lease, and whether its breaker lets it send."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from whatsapp.domain import standing as standings
from whatsapp.domain.breaker import BreakerState, Cause, Circuit, from_json
from whatsapp.models import BusinessNumber, SenderState


class Sending(StrEnum):
    """RUNNING lets messages leave, PAUSED none, PROBING one, whose fate decides."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    PROBING = "PROBING"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """A number and its sender's row, ``at`` a moment of the database's clock."""

    number: BusinessNumber
    at: datetime
    breaker: BreakerState
    holder: str = ""  # whose lease runs; empty: nobody's
    lease_until: datetime | None = None

    @property
    def sending(self) -> Sending:
        """What the breaker lets through; its row is written when it opens and when it closes."""
        breaker = self.breaker
        if breaker.state is Circuit.CLOSED:
            return Sending.RUNNING
        if breaker.state is Circuit.OPEN and not breaker.allow(self.at):
            return Sending.PAUSED
        # After a mere pause messages leave again, without a word in the row
        return Sending.RUNNING if breaker.cause is Cause.SLOW else Sending.PROBING

    @property
    def lease_left(self) -> timedelta | None:
        """How long the holder may go on without renewing; it does so each second."""
        return self.lease_until - self.at if self.lease_until else None

    @property
    def standing(self) -> list[str]:
        """What Meta holds against the number's account, with its end, the worst last."""
        found = standings.in_force(self.number.standing, now=self.at).items()
        return [f"{word} until {end.isoformat()}" if end else word.value for word, end in found]

    @property
    def needs_a_look(self) -> bool:
        """Whether a person should know: Meta's request for patience is no trouble."""
        return self.sending is not Sending.RUNNING and self.breaker.cause is not Cause.SLOW


def look(*, number_ids: Iterable[int] | None = None) -> list[Sender]:
    """Read the senders of these numbers, or of all active ones, in one statement."""
    wanted = Q(is_active=True) if number_ids is None else Q(pk__in=number_ids)
    rows = BusinessNumber.objects.filter(wanted).select_related("sender_state")
    return [_sender(number) for number in rows.annotate(at=Now())]


def _sender(number: Any) -> Sender:
    """Tell of a number that is annotated with ``at``."""
    at: datetime = number.at
    state: SenderState | None = getattr(number, "sender_state", None)  # none before a first send
    if state is None:
        return Sender(number=number, at=at, breaker=BreakerState())
    runs = bool(state.holder) and state.lease_until is not None and state.lease_until > at
    return Sender(
        number=number,
        at=at,
        breaker=from_json(state.breaker),
        holder=state.holder if runs else "",
        lease_until=state.lease_until if runs else None,
    )
