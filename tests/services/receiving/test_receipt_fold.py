import itertools
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.factories import MessageFactory
from tests.services.receiving.steps import (
    DELIVERED,
    FAILED,
    READ,
    SENT,
    STALE,
    T0,
    apply,
    departed,
    said,
    undeliverable,
)
from whatsapp.models import Message, MessageAttempt, OutboxItem
from whatsapp.services import messages

pytestmark = pytest.mark.django_db


def state_of(message: Message) -> tuple[object, ...]:
    message = Message.objects.get(pk=message.pk)
    outbox = OutboxItem.objects.filter(message=message).values_list("state", "reason")
    return (
        *(
            message.delivery_status,
            message.external_message_id,
            message.sent_at,
            message.delivered_at,
            message.read_at,
            message.failed_at,
            message.error_code,
            message.error_text,
            message.pricing_category,
        ),
        *outbox,
    )


@pytest.mark.parametrize("status", ["SENDING", "UNCONFIRMED", "PENDING"])
@pytest.mark.parametrize("order", list(itertools.permutations((SENT, DELIVERED, READ, FAILED))))
def test_every_order_ends_in_the_same_state(status, order):
    message = departed(status, attempts=0 if status == "PENDING" else 1)
    at = {SENT: 0, DELIVERED: 2, READ: 3, FAILED: 1}

    for word in order:
        error = {"error_code": 131026, "error_text": "No"} if word is FAILED else {}
        apply(said(word, after=at[word], message=message, pricing_category="utility", **error))

    assert state_of(message) == (
        "READ",
        "wamid.W",
        T0,
        T0 + timedelta(seconds=2),
        T0 + timedelta(seconds=3),
        T0 + timedelta(seconds=1),
        131026,
        "No",
        "utility",
    )


@pytest.mark.parametrize("order", list(itertools.permutations((SENT, FAILED, FAILED))))
def test_every_order_of_a_failure_ends_in_the_same_trouble(order):
    message = departed("UNCONFIRMED")
    codes = iter((131026, 131000))

    for word in order:
        code = next(codes) if word is FAILED else None
        apply(said(word, after=1, message=message, error_code=code, error_text=str(code or "")))

    state = state_of(message)
    assert state[0] == "FAILED"
    assert state[6] == 131000
    assert state[-1][0] == "FAILED"


WORDS = st.sampled_from((SENT, DELIVERED, READ, FAILED))
HISTORY = st.lists(st.tuples(WORDS, st.integers(0, 5)), min_size=1, max_size=6)


class AnyOrder(TestCase):
    @given(history=HISTORY, data=st.data(), status=st.sampled_from(("SENDING", "UNCONFIRMED")))
    @settings(max_examples=60, deadline=None)
    def test_any_order_repetition_and_batching_ends_in_the_same_state(self, history, data, status):
        ends = set()
        for _ in range(2):
            message = departed(status)
            wamid = f"wamid.{message.pk}"
            updates = [
                said(
                    word,
                    after=after,
                    wamid=wamid,
                    message=message,
                    error_code=131000 + after if word is FAILED else None,
                )
                for word, after in history
            ]
            repeated = updates + data.draw(st.lists(st.sampled_from(updates), max_size=3))
            shuffled = data.draw(st.permutations(repeated))
            while shuffled:
                size = data.draw(st.integers(1, len(shuffled)))
                batch, shuffled = shuffled[:size], shuffled[size:]
                apply(*batch)
            state = state_of(message)
            ends.add((state[0], *state[2:8], *(row[0] for row in state[9:])))
        assert len(ends) == 1


# Attempts that were given up


def test_late_failure_of_an_earlier_attempt_does_not_stop_the_next_one():
    message = departed("SENDING", attempts=2)

    assert apply(undeliverable(message=message, attempt=1)) == [STALE]

    message.refresh_from_db()
    assert (message.delivery_status, message.external_message_id) == ("SENDING", None)
    assert OutboxItem.objects.get().state == "CLAIMED"
    assert MessageAttempt.objects.get().wamid == "wamid.W"


def test_late_news_of_a_failed_attempt_does_not_undo_its_retry_by_hand():
    message = MessageFactory(external_message_id="wamid.W")
    apply(undeliverable(message=message))
    messages.retry(message_id=message.pk)

    told = apply(
        said(SENT, message=message),
        said(FAILED, after=9, message=message, error_code=131000, error_text="Again"),
    )

    message.refresh_from_db()
    assert told == [STALE, STALE]
    assert (message.delivery_status, message.error_text) == ("PENDING", "")
    assert OutboxItem.objects.get().state == "PENDING"


def test_failed_attempt_that_arrived_after_all_ends_the_retry():
    message = MessageFactory(external_message_id="wamid.W")
    apply(undeliverable(message=message))
    messages.retry(message_id=message.pk)

    apply(said(DELIVERED, after=9))

    message.refresh_from_db()
    assert message.delivery_status == "DELIVERED"
    assert not OutboxItem.objects.exists()
