"""How long a customer may wait, and who should answer next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from whatsapp.domain.conversation import ConversationPriority, ConversationStatus, is_active

RESPONSE = timedelta(hours=2)
IDLE = timedelta(hours=24)
DUE_SOON = timedelta(minutes=30)


class SlaState(StrEnum):
    """NONE: nobody is waiting for us."""

    NONE = "NONE"
    OK = "OK"
    DUE_SOON = "DUE_SOON"
    BREACHED = "BREACHED"


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaClock:
    """A conversation's times. ``waiting_since``: the customer's first unanswered message."""

    waiting_since: datetime | None
    last_activity_at: datetime
    status: ConversationStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentLoad:
    """An agent, and how many active conversations are theirs."""

    user_id: int
    open_count: int
    is_available: bool


def check_sla_status(clock: SlaClock, *, now: datetime, response: timedelta = RESPONSE) -> SlaState:
    """Judge the wait for an answer; soon means in the last half hour."""
    left = _time_left(clock, now=now, response=response)
    if left is None:
        return SlaState.NONE
    if left <= timedelta(0):
        return SlaState.BREACHED
    return SlaState.DUE_SOON if left <= DUE_SOON else SlaState.OK


def minutes_until_breach(
    clock: SlaClock, *, now: datetime, response: timedelta = RESPONSE
) -> int | None:
    """Count the whole minutes left to answer, negative when late; None if nobody waits."""
    left = _time_left(clock, now=now, response=response)
    return None if left is None else left // timedelta(minutes=1)


def _time_left(clock: SlaClock, *, now: datetime, response: timedelta) -> timedelta | None:
    if clock.waiting_since is None or not is_active(clock.status):
        return None
    return clock.waiting_since + response - now


def should_auto_close(clock: SlaClock, *, now: datetime, idle: timedelta = IDLE) -> bool:
    """Tell whether an active conversation has gone quiet after our answer.

    One whose customer still waits is never closed, however old: it is late, not finished.
    """
    if clock.waiting_since is not None or not is_active(clock.status):
        return False
    return now - clock.last_activity_at >= idle


def escalation_priority(
    clock: SlaClock,
    *,
    current: ConversationPriority,
    now: datetime,
    response: timedelta = RESPONSE,
) -> ConversationPriority:
    """Say the priority a wait deserves: HIGH when late, URGENT at twice the time; never lower."""
    left = _time_left(clock, now=now, response=response)
    if left is None or left > timedelta(0):
        return current
    deserved = ConversationPriority.URGENT if left <= -response else ConversationPriority.HIGH
    return max(current, deserved, key=lambda priority: priority.rank)


def suggest_agent(agents: Iterable[AgentLoad]) -> int | None:
    """Name the available agent with the fewest conversations, the lowest id among equals."""
    available = [agent for agent in agents if agent.is_available]
    least = min(available, key=lambda agent: (agent.open_count, agent.user_id), default=None)
    return None if least is None else least.user_id
