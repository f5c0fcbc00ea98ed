"""What became of attempts, also when the answer is late, unheard of, or cannot be written down."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from tests.factories import BusinessNumberFactory, MessageFactory, OutboxItemFactory
from tests.locks import locked_elsewhere
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.models import Message, MessageAttempt, OutboxItem, SenderState
from whatsapp.ports import Accepted
from whatsapp.services import messages
from whatsapp.services.outgoing import outbox, sender_lease
from whatsapp.services.outgoing.outbox import Claimed
from whatsapp.services.sending import outcomes, returns
from whatsapp.services.sending.verdicts import Outcome

pytestmark = pytest.mark.django_db


def claimed(count: int = 1) -> list[Claimed]:
    """Rows in the hands of a sender, in the order of their messages."""
    OutboxItemFactory.create_batch(count)
    lease = sender_lease.elect(number_id=BusinessNumberFactory().pk)
    items = outbox.claim(lease=lease, limit=count)
    return sorted(items, key=lambda item: item.message_id)


def taken_over() -> None:
    """The sender's lease ran out, and its successor found the rows."""
    SenderState.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    returns.take_over(lease=sender_lease.elect(number_id=BusinessNumberFactory().pk))


def accepted(item: Claimed, wamid: str = "wamid.A") -> Outcome:
    answer = Accepted(wamid=wamid, wa_id="", bsuid="")
    return Outcome(item=item, departed_at=timezone.now(), accepted=answer)


def failed(item: Claimed, kind: FailureClass, code: int | None = None) -> Outcome:
    failure = Failure(failure_class=kind, code=code, title=kind.value)
    return Outcome(item=item, departed_at=timezone.now(), failure=failure)


def record(*ended: Outcome) -> None:
    outcomes.record(outcomes=ended, now=timezone.now())


def states() -> list[tuple[str, str]]:
    rows = OutboxItem.objects.order_by("message_id")
    return list(rows.values_list("state", "message__delivery_status"))


def test_answer_that_cannot_be_written_takes_no_other_with_it():
    MessageFactory(external_message_id="wamid.TAKEN")
    first, second, third = claimed(3)

    record(
        accepted(first, "wamid.ONE"),
        accepted(second, "wamid.TAKEN"),
        failed(third, FailureClass.FATAL_MESSAGE, code=10**12),
    )

    assert Message.objects.get(pk=first.message_id).delivery_status == "SENT"
    assert states() == [("UNCONFIRMED", "UNCONFIRMED"), ("UNCONFIRMED", "UNCONFIRMED")]
    reasons = OutboxItem.objects.values_list("reason", flat=True)
    assert all("could not be written down" in reason for reason in reasons)


def test_answer_too_long_for_the_index_takes_no_other_with_it():
    items = claimed(9)
    news = [accepted(item, f"wamid.{item.message_id}") for item in items]
    news[4] = accepted(items[4], "".join(random.Random(4).choices(string.printable[:90], k=8000)))

    left = outcomes.record(outcomes=news, now=timezone.now())

    assert left == []
    assert Message.objects.filter(delivery_status="SENT").count() == 8
    row = OutboxItem.objects.get()
    assert (row.message_id, row.state) == (items[4].message_id, "UNCONFIRMED")


def test_answers_wait_while_nothing_at_all_can_be_written():
    items = claimed(3)
    news = [accepted(item, f"wamid.{item.message_id}") for item in items]

    with refused_by_trigger("53100"):  # the disk is full
        left = outcomes.record(outcomes=news, now=timezone.now())
    again = outcomes.record(outcomes=left, now=timezone.now())

    assert (left, again) == (news, [])
    assert Message.objects.filter(delivery_status="SENT").count() == 3


@pytest.mark.parametrize("sqlstate", ["40P01", "40001", "55P03"])
def test_answers_come_back_whole_after_a_deadlock(sqlstate):
    news = [accepted(item, f"wamid.{item.message_id}") for item in claimed(2)]

    with refused_by_trigger(sqlstate):
        left = outcomes.record(outcomes=news, now=timezone.now())

    assert left == news
    assert states() == [("CLAIMED", "SENDING")] * 2


@pytest.mark.parametrize("sqlstate", ["57P01", "08006"])
def test_shutdown_is_the_callers_to_wait_for(sqlstate):
    news = [accepted(item, f"wamid.{item.message_id}") for item in claimed(2)]

    with refused_by_trigger(sqlstate), pytest.raises(OperationalError):
        outcomes.record(outcomes=news, now=timezone.now())

    assert states() == [("CLAIMED", "SENDING")] * 2


@contextmanager
def refused_by_trigger(sqlstate: str) -> Iterator[None]:
    """The database refuses each change of a message with this error."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{sqlstate}'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON whatsapp_messages "
            "FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        try:
            yield
        finally:
            cursor.execute("DROP FUNCTION refuse() CASCADE")


def test_answer_to_a_message_that_is_gone_keeps_no_other_back():
    first, second = claimed(2)
    OutboxItem.objects.filter(pk=first.outbox_id).delete()
    Message.objects.filter(pk=first.message_id).delete()

    left = outcomes.record(
        outcomes=[accepted(first, "wamid.ONE"), accepted(second, "wamid.TWO")], now=timezone.now()
    )

    assert left == []
    assert Message.objects.get(pk=second.message_id).delivery_status == "SENT"


@pytest.mark.django_db(transaction=True)
def test_answer_to_a_message_that_somebody_holds_waits_and_keeps_no_other_back():
    first, second = claimed(2)
    news = [accepted(first, "wamid.ONE"), accepted(second, "wamid.TWO")]

    with locked_elsewhere(Message.objects.filter(pk=first.message_id)):
        left = outcomes.record(outcomes=news, now=timezone.now())
        others = Message.objects.get(pk=second.message_id).delivery_status
    again = outcomes.record(outcomes=left, now=timezone.now())

    assert (left, others, again) == ([news[0]], "SENT", [])
    assert Message.objects.get(pk=first.message_id).external_message_id == "wamid.ONE"


def test_clear_refusal_is_heard_after_a_successor_doubted():
    [item] = claimed()
    taken_over()

    record(failed(item, FailureClass.FATAL_MESSAGE, code=131026))

    assert states() == [("FAILED", "FAILED")]
    assert Message.objects.get().error_code == 131026


def test_late_acceptance_settles_what_a_successor_doubted():
    [item] = claimed()
    taken_over()

    record(accepted(item))

    message = Message.objects.get()
    assert (message.delivery_status, message.external_message_id) == ("SENT", "wamid.A")
    assert not OutboxItem.objects.exists()


def test_late_acceptance_calls_off_a_second_send_that_has_not_begun():
    [item] = claimed()
    taken_over()
    messages.retry(message_id=item.message_id)

    record(accepted(item))

    assert Message.objects.get().delivery_status == "SENT"
    assert not OutboxItem.objects.exists()


def test_late_acceptance_after_the_second_send_began_is_kept_beside_it():
    [first] = claimed()
    taken_over()
    messages.retry(message_id=first.message_id)
    state = SenderState.objects.get()
    SenderState.objects.update(holder="", lease_until=None)
    lease = sender_lease.elect(number_id=state.number_id)
    [second] = outbox.claim(lease=lease, limit=1)

    record(accepted(first, "wamid.LATE"))
    record(accepted(second, "wamid.SECOND"))

    assert Message.objects.get().external_message_id == "wamid.SECOND"
    attempt = MessageAttempt.objects.get()
    assert (attempt.attempt, attempt.wamid, attempt.outcome) == (1, "wamid.LATE", "SURPRISE")


def test_late_failure_does_not_touch_a_second_send():
    [item] = claimed()
    taken_over()
    messages.retry(message_id=item.message_id)

    record(failed(item, FailureClass.FATAL_MESSAGE))

    assert states() == [("PENDING", "PENDING")]


def test_doubt_does_not_bring_back_what_a_person_dismissed():
    [item] = claimed()
    taken_over()
    messages.dismiss(message_id=item.message_id)

    record(failed(item, FailureClass.AMBIGUOUS))

    assert states() == []
    assert Message.objects.get().delivery_status == "UNCONFIRMED"


def test_proof_that_nothing_was_taken_frees_what_is_held():
    [item] = claimed()
    taken_over()
    OutboxItem.objects.update(state="HELD")

    record(failed(item, FailureClass.NOT_SENT))

    assert states() == [("PENDING", "PENDING")]
