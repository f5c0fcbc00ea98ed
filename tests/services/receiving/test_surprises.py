"""A message that Meta took twice: each wamid is kept, and staff hear of what arrived twice."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.factories import MessageFactory, OutboxItemFactory
from tests.services.receiving.steps import APPLIED, DELIVERED, FAILED, READ, SENT, apply, said
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.models import Message, MessageAttempt
from whatsapp.services import delivery, messages

pytestmark = pytest.mark.django_db
SILENCE = Failure(failure_class=FailureClass.AMBIGUOUS, code=None, title="read timeout")


def sent_again() -> Message:
    """Attempt 1 was never answered, attempt 2 has the message's wamid."""
    message = MessageFactory(external_message_id="wamid.2", attempts=2)
    MessageAttempt.objects.create(
        message=message, attempt=1, outcome="UNCONFIRMED", error_text="read timeout"
    )
    return message


def noted() -> tuple[int, str, str | None]:
    attempt = MessageAttempt.objects.get()
    return attempt.attempt, attempt.outcome, attempt.wamid


def of_first(status, message, **fields):
    return said(status, wamid="wamid.1", message=message, attempt=1, **fields)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Apply statuses in a transaction that commits."""

    def commit(*updates):
        with django_capture_on_commit_callbacks(execute=True):
            return apply(*updates)

    return commit


def test_attempt_without_an_answer_that_arrived_after_its_repetition_is_recorded(
    outside, committed
):
    message = OutboxItemFactory().message
    outside.meta.fail_next(SILENCE)
    delivery.send_due(number_id=message.number_id)
    messages.retry(message_id=message.pk)
    delivery.send_due(number_id=message.number_id)

    committed(
        of_first(DELIVERED, message),
        said(DELIVERED, wamid="wamid.TEST1", message=message, attempt=2),
    )

    message.refresh_from_db()
    assert (message.delivery_status, message.external_message_id) == ("DELIVERED", "wamid.TEST1")
    assert noted() == (1, "DOUBLED", "wamid.1")
    assert list(MessageAttempt.objects.surprises().values_list("message", flat=True)) == [
        message.pk
    ]
    assert [notice.key for notice in outside.staff.notices] == ["whatsapp-arrived-twice"]


def test_repetition_that_arrived_although_the_first_attempt_had_is_recorded(outside, committed):
    message = MessageFactory(external_message_id="wamid.1", attempts=2, delivery_status="DELIVERED")

    committed(said(DELIVERED, wamid="wamid.2", message=message, attempt=2))

    assert noted() == (2, "DOUBLED", "wamid.2")
    assert len(outside.staff.notices) == 1


def test_staff_hear_of_it_once_however_many_statuses_come(outside, committed):
    message = sent_again()

    committed(of_first(SENT, message))
    assert outside.staff.notices == []
    committed(of_first(DELIVERED, message))
    committed(of_first(READ, message), of_first(DELIVERED, message))

    (notice,) = outside.staff.notices
    assert str(message.pk) in notice.body


def test_many_at_once_are_one_notice(outside, committed):
    sent = [MessageFactory(attempts=2) for _ in range(7)]

    committed(
        *(
            said(DELIVERED, wamid=f"wamid.1.{message.pk}", message=message, attempt=1)
            for message in sent
        )
    )

    (notice,) = outside.staff.notices
    assert f"{sent[0].pk}, {sent[1].pk}" in notice.body
    assert MessageAttempt.objects.surprises().count() == 7


@pytest.mark.parametrize("order", list(permutations([SENT, FAILED, DELIVERED])))
def test_statuses_of_the_second_send_end_the_same_in_any_order(outside, committed, order):
    message = sent_again()

    for status in order:
        committed(of_first(status, message))

    assert noted() == (1, "DOUBLED", "wamid.1")
    assert len(outside.staff.notices) == 1


@pytest.mark.parametrize("order", list(permutations([SENT, FAILED])))
def test_second_send_that_meta_failed_is_no_surprise(outside, committed, order):
    message = sent_again()

    for status in order:
        committed(of_first(status, message))

    assert noted() == (1, "FAILED", "wamid.1")
    assert not MessageAttempt.objects.surprises().exists()
    assert outside.staff.notices == []


def test_what_the_sender_wrote_of_the_attempt_is_kept():
    message = sent_again()

    apply(of_first(SENT, message))

    assert noted() == (1, "SURPRISE", "wamid.1")
    assert MessageAttempt.objects.get().error_text == "read timeout"


def test_attempt_that_turns_out_to_be_the_only_one_taken_is_no_surprise():
    message = MessageFactory(
        external_message_id=None, attempts=2, delivery_status="UNCONFIRMED", sent_at=None
    )
    MessageAttempt.objects.create(message=message, attempt=1, outcome="SURPRISE", wamid="wamid.1")

    assert apply(of_first(SENT, message)) == [APPLIED]

    message.refresh_from_db()
    assert message.external_message_id == "wamid.1"
    assert not MessageAttempt.objects.surprises().exists()
