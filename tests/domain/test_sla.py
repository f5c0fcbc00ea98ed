from datetime import UTC, datetime, timedelta

import pytest

from whatsapp.domain.conversation import ConversationPriority, ConversationStatus
from whatsapp.domain.sla import (
    AgentLoad,
    SlaClock,
    SlaState,
    check_sla_status,
    escalation_priority,
    minutes_until_breach,
    should_auto_close,
    suggest_agent,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OPEN, RESOLVED = ConversationStatus.OPEN, ConversationStatus.RESOLVED
LOW, HIGH, URGENT = (
    ConversationPriority.LOW,
    ConversationPriority.HIGH,
    ConversationPriority.URGENT,
)


def clock(waited=None, *, quiet=0.0, status=OPEN):
    """Build the clock of a customer who waited, in minutes, in a thread quiet for some hours."""
    return SlaClock(
        waiting_since=None if waited is None else NOW - timedelta(minutes=waited),
        last_activity_at=NOW - timedelta(hours=quiet),
        status=status,
    )


@pytest.mark.parametrize(
    ("waited", "status", "state", "minutes"),
    [
        (None, OPEN, SlaState.NONE, None),
        (500, RESOLVED, SlaState.NONE, None),
        (0, OPEN, SlaState.OK, 120),
        (89, OPEN, SlaState.OK, 31),
        (90, OPEN, SlaState.DUE_SOON, 30),
        (119.5, ConversationStatus.ASSIGNED, SlaState.DUE_SOON, 0),
        (120, OPEN, SlaState.BREACHED, 0),
        (120.5, OPEN, SlaState.BREACHED, -1),
        (300, OPEN, SlaState.BREACHED, -180),
    ],
)
def test_an_answer_is_due_within_two_hours(waited, status, state, minutes):
    waiting = clock(waited, status=status)

    assert check_sla_status(waiting, now=NOW) is state
    assert minutes_until_breach(waiting, now=NOW) == minutes


def test_response_time_can_be_set():
    assert check_sla_status(clock(60), now=NOW, response=timedelta(hours=1)) is SlaState.BREACHED


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        (clock(quiet=24), True),
        (clock(quiet=23.9), False),
        (clock(quiet=24, status=ConversationStatus.ASSIGNED), True),
        (clock(quiet=24, status=RESOLVED), False),
        (clock(24 * 60, quiet=24), False),
    ],
)
def test_only_answered_and_quiet_conversations_close_by_themselves(waiting, expected):
    assert should_auto_close(waiting, now=NOW) is expected


@pytest.mark.parametrize(
    ("waited", "current", "expected"),
    [
        (None, LOW, LOW),
        (119, LOW, LOW),
        (120, LOW, HIGH),
        (120, URGENT, URGENT),
        (239, HIGH, HIGH),
        (240, LOW, URGENT),
    ],
)
def test_a_late_answer_raises_the_priority(waited, current, expected):
    assert escalation_priority(clock(waited), current=current, now=NOW) is expected


@pytest.mark.parametrize(
    ("agents", "expected"),
    [
        ([], None),
        ([(1, 0, False)], None),
        ([(1, 3, True), (2, 1, True)], 2),
        ([(1, 0, False), (2, 5, True)], 2),
        ([(7, 2, True), (3, 2, True), (5, 2, True)], 3),
    ],
)
def test_the_least_busy_agent_who_is_there_is_suggested(agents, expected):
    loads = [AgentLoad(user_id=u, open_count=n, is_available=a) for u, n, a in agents]

    assert suggest_agent(loads) == expected
