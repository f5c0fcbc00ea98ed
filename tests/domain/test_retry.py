from datetime import UTC, datetime, timedelta

import pytest

from whatsapp.domain.retry import (
    Action,
    Failure,
    FailureClass,
    Priority,
    UnconfirmedPolicy,
    can_retry,
    decide,
    is_expired,
    pair_delay,
    settle,
    unconfirmed_policy,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
EXPIRES_AT = NOW + timedelta(hours=24)


def failure(failure_class, **kwargs):
    return Failure(failure_class=failure_class, code=131026, title="Undeliverable", **kwargs)


@pytest.mark.parametrize(
    ("failure_class", "retries", "action", "seconds", "burns_retry"),
    [
        (FailureClass.NOT_SENT, 0, Action.RETRY, 30, True),
        (FailureClass.NOT_SENT, 1, Action.RETRY, 240, True),
        (FailureClass.NOT_SENT, 2, Action.RETRY, 1920, True),
        (FailureClass.REFUSED, 0, Action.RETRY, 30, True),
        (FailureClass.NOT_SENT, 3, Action.FAIL, None, False),
        (FailureClass.REFUSED, 3, Action.FAIL, None, False),
        (FailureClass.SLOW_NUMBER, 3, Action.WAIT, 1, False),
        (FailureClass.SLOW_ACCOUNT, 3, Action.WAIT, 1, False),
        (FailureClass.SLOW_PAIR, 3, Action.WAIT, 1, False),
        (FailureClass.AMBIGUOUS, 0, Action.UNCONFIRMED, None, False),
        (FailureClass.FATAL_MESSAGE, 0, Action.FAIL, None, False),
        (FailureClass.FATAL_ACCOUNT, 3, Action.HOLD, None, False),
        (FailureClass.WINDOW_CLOSED, 0, Action.FAIL, None, False),
        (FailureClass.TEMPLATE_PROBLEM, 0, Action.FAIL, None, False),
        (FailureClass.TEMPLATE_RESTS, 3, Action.WAIT, 600, False),
        (FailureClass.OPTED_OUT, 0, Action.FAIL, None, False),
        (FailureClass.CAPPED, 0, Action.FAIL, None, False),
    ],
)
def test_each_class_has_its_decision(failure_class, retries, action, seconds, burns_retry):
    decision = decide(
        failure(failure_class), retries=retries, now=NOW, expires_at=EXPIRES_AT, jitter=0.0
    )

    expected_at = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert decision.action is action
    assert decision.next_attempt_at == expected_at
    assert decision.burns_retry is burns_retry
    assert "Undeliverable (131026)" in decision.reason


@pytest.mark.parametrize(
    ("code", "by_link", "retries", "action"),
    [
        (131053, True, 0, Action.RETRY),
        (131053, True, 1, Action.FAIL),
        (131053, False, 0, Action.FAIL),
        (131026, True, 0, Action.FAIL),
    ],
)
def test_file_that_meta_could_not_fetch_is_tried_once_more(code, by_link, retries, action):
    refusal = Failure(failure_class=FailureClass.FATAL_MESSAGE, code=code, title="Media")

    decision = decide(
        refusal, retries=retries, now=NOW, expires_at=EXPIRES_AT, jitter=0.0, by_link=by_link
    )

    assert decision.action is action
    assert decision.burns_retry is (action is Action.RETRY)
    if action is Action.RETRY:  # Meta keeps what an address gave it for ten minutes
        assert decision.next_attempt_at == NOW + timedelta(minutes=10)


def test_jitter_adds_at_most_half():
    decision = decide(
        failure(FailureClass.NOT_SENT), retries=0, now=NOW, expires_at=EXPIRES_AT, jitter=0.5
    )

    assert decision.next_attempt_at == NOW + timedelta(seconds=37.5)


def test_meta_s_own_retry_after_is_kept_when_longer():
    slow = failure(FailureClass.SLOW_NUMBER, retry_after=timedelta(seconds=20))
    short = failure(FailureClass.NOT_SENT, retry_after=timedelta(seconds=20))

    waits = decide(slow, retries=0, now=NOW, expires_at=EXPIRES_AT, jitter=0.0)
    retries = decide(short, retries=0, now=NOW, expires_at=EXPIRES_AT, jitter=0.0)

    assert waits.next_attempt_at == NOW + timedelta(seconds=20)
    assert retries.next_attempt_at == NOW + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("refusals", "seconds"), [(0, 1), (1, 4), (2, 16), (3, 64), (4, 256), (5, 300), (5000, 300)]
)
def test_pair_rests_longer_with_each_refusal(refusals, seconds):
    decision = decide(
        failure(FailureClass.SLOW_PAIR),
        retries=0,
        now=NOW,
        expires_at=EXPIRES_AT,
        jitter=0.0,
        refusals=refusals,
    )

    assert decision.next_attempt_at == NOW + timedelta(seconds=seconds)


def test_pair_delay_is_a_power_of_four():
    assert [pair_delay(n).total_seconds() for n in range(4)] == [1, 4, 16, 64]


@pytest.mark.parametrize(
    "failure_class", [FailureClass.NOT_SENT, FailureClass.SLOW_ACCOUNT, FailureClass.FATAL_ACCOUNT]
)
def test_what_cannot_be_sent_in_time_is_expired(failure_class):
    decision = decide(failure(failure_class), retries=0, now=NOW, expires_at=NOW, jitter=0.0)

    assert decision.action is Action.FAIL
    assert decision.next_attempt_at is None
    assert decision.reason.startswith("expired")


def test_unclear_outcome_never_expires():
    decision = decide(
        failure(FailureClass.AMBIGUOUS), retries=0, now=NOW, expires_at=NOW, jitter=0.0
    )

    assert decision.action is Action.UNCONFIRMED


def test_given_up_says_after_how_many_retries():
    decision = decide(
        failure(FailureClass.NOT_SENT), retries=3, now=NOW, expires_at=EXPIRES_AT, jitter=0.0
    )

    assert decision.reason == "Given up after 3 retries: Undeliverable (131026)"


@pytest.mark.parametrize(
    ("code", "details", "expected"),
    [
        (131026, "Not on WhatsApp", "Undeliverable (131026): Not on WhatsApp"),
        (131026, "Undeliverable", "Undeliverable (131026)"),
        (None, "", "Undeliverable"),
    ],
)
def test_reason_is_a_sentence(code, details, expected):
    fault = Failure(
        failure_class=FailureClass.FATAL_MESSAGE, code=code, title="Undeliverable", details=details
    )

    assert fault.reason == expected


@pytest.mark.parametrize(
    ("retries", "now", "expected"),
    [(0, NOW, True), (2, NOW, True), (3, NOW, False), (0, EXPIRES_AT, False)],
)
def test_can_retry_three_times_within_the_lifetime(retries, now, expected):
    assert can_retry(retries=retries, now=now, expires_at=EXPIRES_AT) is expected


def test_message_expires_at_the_moment_named():
    assert not is_expired(now=EXPIRES_AT - timedelta(microseconds=1), expires_at=EXPIRES_AT)
    assert is_expired(now=EXPIRES_AT, expires_at=EXPIRES_AT)


@pytest.mark.parametrize(
    ("priority", "expected"),
    [
        (Priority.REPLY, UnconfirmedPolicy.HOLD),
        (Priority.NOTICE, UnconfirmedPolicy.RETRY),
        (Priority.BROADCAST, UnconfirmedPolicy.HOLD),
    ],
)
def test_only_notices_are_repeated_when_unconfirmed(priority, expected):
    assert unconfirmed_policy(priority) is expected


def minute(n):
    return None if n is None else NOW + timedelta(minutes=n)


@pytest.mark.parametrize(
    ("now", "newest_processed", "oldest_pending", "expected"),
    [
        # the wait is not over
        (9, 9, None, None),
        # over, and an event received after it was processed
        (11, 10, None, Action.RETRY),
        (11, 10, 11, Action.RETRY),
        # an older one is pending: it may be ours
        (11, 10, 10, None),
        (11, 10, 1, None),
        # something waits to be processed, and will be the proof
        (11, None, 5, None),
        (11, 1, 5, None),
        # a quiet number: a second wait, then a person decides
        (19, 1, None, None),
        (20, 1, None, Action.HOLD),
        # no webhook at all since the departure
        (10, None, None, Action.HOLD),
        (10, 0, None, Action.HOLD),
        (10, -60, None, Action.HOLD),
    ],
)
def test_unconfirmed_is_settled_only_while_webhooks_flow(
    now, newest_processed, oldest_pending, expected
):
    action = settle(
        policy=UnconfirmedPolicy.RETRY,
        departed_at=NOW,
        now=minute(now),
        wait=timedelta(minutes=10),
        newest_processed_event_at=minute(newest_processed),
        oldest_pending_event_at=minute(oldest_pending),
    )

    assert action is expected


def test_policy_hold_leaves_it_to_a_person():
    action = settle(
        policy=UnconfirmedPolicy.HOLD,
        departed_at=NOW,
        now=minute(11),
        wait=timedelta(minutes=10),
        newest_processed_event_at=minute(10),
        oldest_pending_event_at=None,
    )

    assert action is Action.HOLD


@pytest.mark.parametrize(("now", "expected"), [(16, None), (24, None), (26, Action.RETRY)])
def test_time_without_webhooks_is_not_counted(now, expected):
    action = settle(
        policy=UnconfirmedPolicy.RETRY,
        departed_at=NOW,
        now=minute(now),
        wait=timedelta(minutes=10),
        newest_processed_event_at=minute(now),
        oldest_pending_event_at=None,
        silence=timedelta(minutes=15),
    )

    assert action is expected
