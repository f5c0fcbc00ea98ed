"""What becomes of a message that did not leave, or of which nobody knows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories import BusinessNumberFactory
from tests.services.sending.scenes import failure, run, waiting
from whatsapp.domain.retry import FailureClass
from whatsapp.models import MessageAttempt, OutboxItem
from whatsapp.services import delivery
from whatsapp.services.outgoing import sender_lease
from whatsapp.services.sending import breakers

pytestmark = pytest.mark.django_db


def test_proven_not_taken_is_tried_again_later_and_burns_a_retry(outside):
    [message] = waiting(retries=1)
    outside.meta.fail_next(failure(FailureClass.NOT_SENT))

    run()

    row = OutboxItem.objects.get()
    message.refresh_from_db()
    assert (row.state, row.retries) == ("PENDING", 2)
    assert row.next_attempt_at > timezone.now() + timedelta(minutes=3)
    assert message.delivery_status == "PENDING"
    assert MessageAttempt.objects.get().outcome == "RETRY"


def test_fourth_failure_is_the_last(outside):
    [message] = waiting(retries=3)
    outside.meta.fail_next(failure(FailureClass.NOT_SENT))

    run()

    message.refresh_from_db()
    assert message.delivery_status == "FAILED"
    assert "3 retries" in message.error_text
    assert OutboxItem.objects.get().state == "FAILED"


def test_unclear_answer_is_unconfirmed_and_not_sent_again(outside):
    [message] = waiting()
    outside.meta.fail_next(failure(FailureClass.AMBIGUOUS))

    run()
    run()

    message.refresh_from_db()
    row = OutboxItem.objects.get()
    assert (message.delivery_status, row.state) == ("UNCONFIRMED", "UNCONFIRMED")
    assert row.departed_at is not None
    assert outside.meta.sent == []


def test_refusal_of_the_message_fails_it_with_metas_reason(outside):
    [message] = waiting()
    outside.meta.fail_next(failure(FailureClass.FATAL_MESSAGE, 131026))

    run()

    message.refresh_from_db()
    assert (message.delivery_status, message.error_code) == ("FAILED", 131026)
    assert "131026" in message.error_text
    assert message.failed_at is not None


def test_being_too_fast_costs_a_pause_and_no_retry(outside):
    waiting()
    outside.meta.fail_next(failure(FailureClass.SLOW_NUMBER, 130429))

    run()

    assert len(outside.meta.sent) == 1
    assert not OutboxItem.objects.exists()
    assert MessageAttempt.objects.get().outcome == "WAIT"


def test_broken_account_holds_the_queue_and_tells_the_staff_once(outside):
    waiting(3)
    outside.meta.fail_next(failure(FailureClass.FATAL_ACCOUNT, 190))

    run()
    run()

    assert outside.meta.sent == []
    assert {row.state for row in OutboxItem.objects.all()} == {"PENDING"}
    assert {row.retries for row in OutboxItem.objects.all()} == {0}
    assert len(outside.staff.notices) == 1
    assert breakers.is_open(number_id=BusinessNumberFactory().pk)


def test_mended_account_sends_what_waited(outside):
    waiting(2)
    outside.meta.fail_next(failure(FailureClass.FATAL_ACCOUNT, 190))
    run()

    breakers.mend(number_id=BusinessNumberFactory().pk)
    run()

    assert len(outside.meta.sent) == 2
    assert not OutboxItem.objects.exists()


def test_new_token_mends_the_account_by_itself(outside, settings):
    waiting()
    outside.meta.fail_next(failure(FailureClass.FATAL_ACCOUNT, 190))
    run()

    settings.WHATSAPP = {**settings.WHATSAPP, "ACCESS_TOKEN": "another-token"}
    run()

    assert not OutboxItem.objects.exists()
    assert not breakers.is_open(number_id=BusinessNumberFactory().pk)


def test_content_that_cannot_be_said_fails_alone(outside):
    [broken] = waiting(message__content={"kind": "riddle"})
    [whole] = waiting()

    run()

    broken.refresh_from_db()
    whole.refresh_from_db()
    assert (broken.delivery_status, whole.delivery_status) == ("FAILED", "SENT")


def test_number_that_meta_refuses_goes_on_slower_also_under_the_next_lease(outside):
    waiting(2)
    outside.meta.fail_next(failure(FailureClass.SLOW_NUMBER, 130429))

    run()
    lease = sender_lease.elect(number_id=BusinessNumberFactory().pk)
    keeper = breakers.Keeper(number=BusinessNumberFactory(), lease=lease)

    assert not OutboxItem.objects.exists()
    assert keeper.pace(now=timezone.now()) == 60
    assert keeper.pace(now=timezone.now() + timedelta(minutes=3)) == 80


@pytest.mark.django_db(transaction=True)
def test_accepted_message_that_cannot_be_written_yet_is_not_given_back(outside):
    """A claim broke while an answer waits for a lock: the row looks as if it had never left."""
    [message] = waiting()
    sender = delivery.Sender(sender_lease.elect(number_id=BusinessNumberFactory().pk))
    sender._keep_lease()
    sender._claim()
    sender._is_claiming = True  # as a claim leaves it whose answer was lost
    states: list[str] = []

    with wamids_refused():
        finishing = threading.Thread(target=lambda: (sender._finish(), connection.close()))
        finishing.start()
        finishing.join(1)
        states += OutboxItem.objects.values_list("state", flat=True)
    finishing.join()

    message.refresh_from_db()
    assert states == ["CLAIMED"]
    assert (message.delivery_status, message.attempts) == ("SENT", 1)
    assert not OutboxItem.objects.exists()


@contextmanager
def wamids_refused() -> Iterator[None]:
    """No answer can be written, as if somebody held the row; all else can."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'locked' USING ERRCODE = '55P03'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE OF external_message_id ON whatsapp_messages "
            "FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        try:
            yield
        finally:
            cursor.execute("DROP FUNCTION refuse() CASCADE")
