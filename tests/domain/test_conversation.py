from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from whatsapp.domain import conversation as rules
from whatsapp.domain.conversation import ConversationPriority, ConversationStatus
from whatsapp.errors import ConversationClosedError, ValidationError

OPEN, ASSIGNED = ConversationStatus.OPEN, ConversationStatus.ASSIGNED
RESOLVED, ARCHIVED = ConversationStatus.RESOLVED, ConversationStatus.ARCHIVED
WROTE_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("move", "before", "after"),
    [
        (rules.after_assign, OPEN, ASSIGNED),
        (rules.after_assign, ASSIGNED, ASSIGNED),
        (rules.after_resolve, OPEN, RESOLVED),
        (rules.after_resolve, ASSIGNED, RESOLVED),
        (rules.after_resolve, RESOLVED, RESOLVED),
        (rules.after_reopen, OPEN, OPEN),
        (rules.after_reopen, ASSIGNED, ASSIGNED),
        (rules.after_reopen, RESOLVED, OPEN),
        (rules.after_archive, RESOLVED, ARCHIVED),
        (rules.after_archive, ARCHIVED, ARCHIVED),
        (rules.after_inbound, OPEN, OPEN),
        (rules.after_inbound, ASSIGNED, ASSIGNED),
        (rules.after_inbound, RESOLVED, OPEN),
    ],
)
def test_legal_moves(move, before, after):
    assert move(before) is after


@pytest.mark.parametrize(
    ("move", "before", "reason"),
    [
        (rules.after_assign, RESOLVED, "resolved"),
        (rules.after_assign, ARCHIVED, "archived"),
        (rules.after_resolve, ARCHIVED, "archived"),
        (rules.after_reopen, ARCHIVED, "archived"),
        (rules.after_archive, OPEN, "not_resolved"),
        (rules.after_archive, ASSIGNED, "not_resolved"),
        (rules.after_inbound, ARCHIVED, "archived"),
    ],
)
def test_illegal_moves_are_refused_with_the_reason(move, before, reason):
    with pytest.raises(ConversationClosedError) as caught:
        move(before)

    assert caught.value.details == {"reason": reason, "status": before.value}


def test_refusal_says_what_to_do_next():
    with pytest.raises(ConversationClosedError, match="reopen it first"):
        rules.after_assign(RESOLVED)


def test_open_and_assigned_are_active():
    assert [status for status in ConversationStatus if rules.is_active(status)] == [OPEN, ASSIGNED]


@pytest.mark.parametrize(
    ("last_inbound_at", "now", "expected"),
    [
        (None, WROTE_AT, False),
        (WROTE_AT, WROTE_AT, True),
        (WROTE_AT, WROTE_AT - timedelta(seconds=5), True),  # Meta's clock runs ahead of ours
        (WROTE_AT, WROTE_AT + timedelta(hours=23, minutes=59, seconds=59), True),
        (WROTE_AT, WROTE_AT + timedelta(hours=24), False),
    ],
)
def test_window_is_open_for_24_hours(last_inbound_at, now, expected):
    assert rules.window_open(last_inbound_at=last_inbound_at, now=now) is expected


def test_window_closes_24_hours_after_the_message():
    assert rules.window_closes_at(WROTE_AT) == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def test_window_lasts_24_real_hours_in_the_night_when_summer_time_ends():
    evening = datetime(2026, 10, 24, 20, 0, tzinfo=ZoneInfo("Europe/Bucharest"))

    assert rules.window_closes_at(evening) == datetime(2026, 10, 25, 17, 0, tzinfo=UTC)


def test_priorities_are_ordered_by_rank():
    assert sorted(ConversationPriority, key=lambda priority: priority.rank) == [
        "LOW",
        "NORMAL",
        "HIGH",
        "URGENT",
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("VIP", "vip"), (" # Retur  marfă ", "retur marfă"), ("s\u0326i", "și"), ("x" * 40, "x" * 40)],
)
def test_tag_is_stored_in_one_spelling(raw, expected):
    assert rules.clean_tag(raw) == expected


@pytest.mark.parametrize("raw", ["", "  ", "#", "x" * 41])
def test_bad_tag_is_refused(raw):
    with pytest.raises(ValidationError) as caught:
        rules.clean_tag(raw)

    assert caught.value.details == {"field": "tag"}
