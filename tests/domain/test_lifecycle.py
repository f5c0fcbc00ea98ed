import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.domain.lifecycle import (
    FROM_META,
    RANK,
    MessageStatus,
    advance,
    can_cancel,
    can_retry_by_hand,
)

PENDING, CANCELLED = MessageStatus.PENDING, MessageStatus.CANCELLED
SENDING, UNCONFIRMED = MessageStatus.SENDING, MessageStatus.UNCONFIRMED
SENT, FAILED = MessageStatus.SENT, MessageStatus.FAILED
DELIVERED, READ = MessageStatus.DELIVERED, MessageStatus.READ


@pytest.mark.parametrize(
    ("current", "new", "expected"),
    [
        (None, PENDING, PENDING),
        (None, READ, READ),
        (PENDING, SENDING, SENDING),
        (PENDING, CANCELLED, PENDING),
        (SENDING, PENDING, SENDING),
        (SENDING, UNCONFIRMED, UNCONFIRMED),
        (UNCONFIRMED, SENT, SENT),
        (UNCONFIRMED, READ, READ),
        (SENT, SENT, SENT),
        (SENT, UNCONFIRMED, SENT),
        (SENT, FAILED, FAILED),
        (SENT, DELIVERED, DELIVERED),
        (FAILED, SENT, FAILED),
        (FAILED, DELIVERED, DELIVERED),
        (DELIVERED, FAILED, DELIVERED),
        (DELIVERED, SENT, DELIVERED),
        (READ, DELIVERED, READ),
        (CANCELLED, SENDING, CANCELLED),
        (CANCELLED, UNCONFIRMED, CANCELLED),
        (CANCELLED, SENT, SENT),
        (CANCELLED, FAILED, FAILED),
        (CANCELLED, READ, READ),
    ],
)
def test_the_higher_status_wins(current, new, expected):
    assert advance(current, new) is expected


@pytest.mark.parametrize(
    ("new", "expected"),
    [(SENT, SENT), (DELIVERED, DELIVERED), (READ, READ), (FAILED, FAILED), (UNCONFIRMED, FAILED)],
)
def test_our_own_verdict_of_failure_yields_to_meta_alone(new, expected):
    assert advance(FAILED, new, failed_by_us=True) is expected


def test_every_status_has_a_rank():
    assert set(RANK) == set(MessageStatus)


@given(
    start=st.sampled_from([None, *MessageStatus]),
    failed_by_us=st.booleans(),
    heard=st.lists(st.sampled_from(sorted(FROM_META)), min_size=1, max_size=6),
    data=st.data(),
)
def test_any_order_of_metas_statuses_ends_in_the_same_state(start, failed_by_us, heard, data):
    shuffled = data.draw(st.permutations(heard))

    assert _end(start, failed_by_us, heard) is _end(start, failed_by_us, shuffled)
    assert _end(start, failed_by_us, heard + heard) is _end(start, failed_by_us, heard)


def _end(status, failed_by_us, heard):
    for new in heard:
        status = advance(status, new, failed_by_us=failed_by_us)
        failed_by_us = False  # Meta has spoken
    return status


def replaced_by(new, *, failed_by_us=False):
    return {
        current
        for current in MessageStatus
        if current is not new and advance(current, new, failed_by_us=failed_by_us) is new
    }


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (PENDING, set()),
        (CANCELLED, set()),
        (SENDING, {PENDING}),
        (UNCONFIRMED, {PENDING, SENDING}),
        (SENT, {PENDING, CANCELLED, SENDING, UNCONFIRMED}),
        (FAILED, {PENDING, CANCELLED, SENDING, UNCONFIRMED, SENT}),
        (DELIVERED, {PENDING, CANCELLED, SENDING, UNCONFIRMED, SENT, FAILED}),
        (READ, {PENDING, CANCELLED, SENDING, UNCONFIRMED, SENT, FAILED, DELIVERED}),
    ],
)
def test_status_replaces_those_below_it(status, expected):
    assert replaced_by(status) == expected


def test_sent_replaces_also_a_failure_that_was_our_own_verdict():
    assert replaced_by(SENT, failed_by_us=True) == replaced_by(SENT) | {FAILED}


def test_only_what_no_sender_holds_can_be_cancelled():
    assert [status for status in MessageStatus if can_cancel(status)] == [PENDING]
    assert not can_cancel(None)


def test_only_trouble_can_be_repeated_by_hand():
    assert [s for s in MessageStatus if can_retry_by_hand(s)] == [UNCONFIRMED, FAILED]
    assert not can_retry_by_hand(None)
