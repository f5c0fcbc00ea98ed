import json
from datetime import UTC, datetime, timedelta

import pytest

from whatsapp.domain.breaker import BreakerState, Cause, Circuit, from_json, to_json
from whatsapp.domain.retry import Failure, FailureClass

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SERVER_SIDE = [FailureClass.NOT_SENT, FailureClass.REFUSED, FailureClass.AMBIGUOUS]
OF_THE_MESSAGE = [
    FailureClass.FATAL_MESSAGE,
    FailureClass.WINDOW_CLOSED,
    FailureClass.TEMPLATE_PROBLEM,
    FailureClass.TEMPLATE_RESTS,
    FailureClass.OPTED_OUT,
    FailureClass.CAPPED,
    FailureClass.SLOW_PAIR,
]


def failure(failure_class=FailureClass.AMBIGUOUS, **kwargs):
    return Failure(failure_class=failure_class, code=131000, title="Trouble", **kwargs)


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def fed(*, good=0, bad=0, state=None, failure_class=FailureClass.AMBIGUOUS, at=NOW):
    state = state or BreakerState()
    for _ in range(good):
        state = state.record_success(now=at)
    for _ in range(bad):
        state = state.record_failure(failure(failure_class), now=at)
    return state


def slowed(state, at, **kwargs):
    return state.record_failure(failure(FailureClass.SLOW_NUMBER, **kwargs), now=after(at))


@pytest.mark.parametrize(
    ("good", "bad", "state"),
    [
        (0, 9, Circuit.CLOSED),
        (0, 10, Circuit.OPEN),
        (10, 9, Circuit.CLOSED),
        (10, 10, Circuit.OPEN),
        (100, 20, Circuit.CLOSED),
    ],
)
def test_it_opens_on_count_and_rate_together(good, bad, state):
    assert fed(good=good, bad=bad).state is state


def test_closed_lets_everything_through():
    state = fed(good=1, bad=8)

    assert state.allow(NOW)
    assert state.departing(now=NOW) is state


@pytest.mark.parametrize("failure_class", SERVER_SIDE)
def test_every_failure_of_the_server_counts(failure_class):
    state = fed(bad=10, failure_class=failure_class)

    assert state.state is Circuit.OPEN
    assert state.cause is Cause.TROUBLE
    assert state.opened_at == NOW
    assert state.until == after(30)
    assert state.reason == "Trouble (131000)"


@pytest.mark.parametrize("failure_class", OF_THE_MESSAGE)
def test_a_refusal_of_the_message_never_counts(failure_class):
    assert fed(bad=1000, failure_class=failure_class) == BreakerState()


def test_failures_older_than_the_window_are_forgotten():
    state = fed(bad=9)

    assert fed(bad=1, state=state, at=after(59)).state is Circuit.OPEN
    assert fed(bad=1, state=state, at=after(60)).state is Circuit.CLOSED


def test_open_lets_nothing_through_until_its_rest_is_over():
    state = fed(bad=10)

    assert not state.allow(after(29))
    assert state.departing(now=after(29)) is state
    assert state.allow(after(30))


def test_after_the_rest_one_probe_leaves_alone():
    probing = fed(bad=10).departing(now=after(30))

    assert probing.state is Circuit.HALF_OPEN
    assert not probing.allow(after(31))


def test_a_probe_that_never_answers_is_given_up():
    probing = fed(bad=10).departing(now=after(30))

    assert not probing.allow(after(59))
    assert probing.allow(after(60))


def test_a_probe_that_succeeds_closes_it():
    probing = fed(bad=10).departing(now=after(30))

    assert probing.record_success(now=after(31)) == BreakerState()


@pytest.mark.parametrize("failure_class", OF_THE_MESSAGE)
def test_a_probe_that_is_refused_for_itself_proves_health_too(failure_class):
    probing = fed(bad=10).departing(now=after(30))

    assert probing.record_failure(failure(failure_class), now=after(31)) == BreakerState()


def test_each_failed_probe_doubles_the_rest_up_to_eight_minutes():
    state, rests = fed(bad=10), []
    for _ in range(6):
        at = state.until
        state = state.departing(now=at).record_failure(failure(), now=at)
        rests.append((state.until - at).total_seconds())

    assert rests == [60, 120, 240, 480, 480, 480]


def test_answers_of_what_left_before_it_opened_change_nothing():
    state = fed(bad=10)

    assert state.record_success(now=after(1)) is state
    assert state.record_failure(failure(), now=after(1)) is state


def test_a_request_for_patience_pauses_without_counting():
    state = slowed(fed(bad=9), 0)

    assert state.state is Circuit.OPEN
    assert state.cause is Cause.SLOW
    assert not state.allow(after(0.9))
    assert state.allow(after(1))
    assert state.departing(now=after(1)).state is Circuit.CLOSED
    assert state.counts == fed(bad=9).counts


def test_account_limit_is_probed_after_pauses_that_double():
    slow = failure(FailureClass.SLOW_ACCOUNT)

    first = BreakerState().record_failure(slow, now=NOW)
    second = first.departing(now=after(1)).record_failure(slow, now=after(1.1))

    assert (first.until, second.until) == (after(1), after(3.1))


def test_retry_after_is_obeyed():
    state = slowed(BreakerState(), 0, retry_after=timedelta(seconds=7))

    assert state.until == after(7)


def test_those_refused_together_share_one_pause():
    state = slowed(BreakerState(), 0)

    assert slowed(state, 0.5) == state
    assert slowed(state, 0.5, retry_after=timedelta(seconds=7)).until == after(7.5)


def test_pauses_double_while_nothing_is_taken_in_between():
    state, at, pauses = BreakerState(), 0, []
    for _ in range(8):
        state = slowed(state, at)
        pauses.append((state.until - after(at)).total_seconds())
        at += pauses[-1]
        state = state.departing(now=after(at))

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 64]


def test_one_message_taken_makes_the_next_pause_short_again():
    state = slowed(BreakerState(), 0).departing(now=after(1))
    again = slowed(state, 1.1).departing(now=after(3.1))

    assert slowed(again.record_success(now=after(3.2)), 3.3).until == after(4.3)


def test_number_refused_as_too_fast_goes_on_with_what_meta_took():
    state = BreakerState().eased(limit=80, taken=66, now=NOW)

    assert state.pace(limit=80, now=after(59)) == 66


def test_bad_second_takes_a_quarter_at_most_and_a_good_one_something():
    assert BreakerState().eased(limit=80, taken=3, now=NOW).pace(limit=80, now=NOW) == 60
    assert BreakerState().eased(limit=80, taken=80, now=NOW).pace(limit=80, now=NOW) == 79


def test_refused_again_and_again_the_pace_falls_to_one_a_second():
    state = BreakerState()
    for n in range(20):
        state = state.eased(limit=80, taken=0, now=after(n))

    assert state.pace(limit=80, now=after(20)) == 1


def test_pace_comes_back_in_steps_after_a_minute():
    state = BreakerState().eased(limit=80, taken=60, now=NOW)

    paces = [state.pace(limit=80, now=after(at)) for at in (59, 60, 64, 65, 70, 75, 1000)]

    assert paces == [60, 65, 65, 70, 75, 80, 80]


def test_pace_on_its_way_back_falls_from_where_it_was():
    state = BreakerState().eased(limit=80, taken=60, now=NOW)

    again = state.eased(limit=80, taken=61, now=after(66))

    assert again.pace(limit=80, now=after(66)) == 61
    assert again.pace(limit=80, now=after(125)) == 61


def test_other_trouble_leaves_the_lower_pace_as_it_is():
    eased = BreakerState().eased(limit=80, taken=60, now=NOW)

    opened = fed(bad=10, state=eased)
    probing = opened.departing(now=after(30))
    closed = probing.record_success(now=after(31))

    paces = {state.pace(limit=80, now=after(31)) for state in (opened, probing, closed)}
    assert paces == {60}
    assert closed.state is Circuit.CLOSED


def test_a_probe_may_be_asked_for_patience():
    probing = fed(bad=10).departing(now=after(30))

    state = slowed(probing, 31)

    assert state.cause is Cause.SLOW
    assert state.until == after(32)


def test_a_broken_account_opens_it_until_a_person_mends_it():
    state = BreakerState().record_failure(failure(FailureClass.FATAL_ACCOUNT), now=NOW)

    assert state.state is Circuit.OPEN
    assert state.cause is Cause.ACCOUNT
    assert not state.allow(NOW + timedelta(days=365))
    assert state.departing(now=NOW + timedelta(days=365)) is state
    assert state.record_success(now=NOW) is state
    assert slowed(state, 1) is state


def test_a_broken_account_is_noticed_while_open():
    state = fed(bad=10).record_failure(failure(FailureClass.FATAL_ACCOUNT), now=after(1))

    assert state.cause is Cause.ACCOUNT
    assert state.until is None


@pytest.mark.parametrize(
    "state",
    [
        BreakerState(),
        fed(good=3, bad=2),
        fed(bad=10),
        fed(bad=10).departing(now=after(30)),
        BreakerState().record_failure(failure(FailureClass.FATAL_ACCOUNT), now=NOW),
        slowed(BreakerState().eased(limit=80, taken=60, now=NOW), 1),
    ],
)
def test_a_row_keeps_the_whole_state(state):
    assert from_json(json.loads(json.dumps(to_json(state)))) == state


def test_a_row_of_an_older_version_knows_no_lower_pace():
    stored = to_json(fed(bad=10))
    del stored["eased_to"], stored["eased_at"]

    assert from_json(stored) == fed(bad=10)


def test_an_empty_row_is_closed():
    assert from_json({}) == BreakerState()
