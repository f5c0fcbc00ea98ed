"""A template is approved in the very moment in which a notice is put to wait for it."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from tests.factories import BusinessNumberFactory
from tests.locks import locked_elsewhere
from tests.services.notices.shop import approved, decide, order_of
from tests.services.notices.waiting import decision_of, soon, verdict, work
from whatsapp.models import OrderNotice
from whatsapp.services import orders, templates
from whatsapp.services.notices import decisions, grounds, waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_review():
    BusinessNumberFactory()
    return approved("order_shipped", status="PENDING")


def test_approved_while_a_notice_is_just_being_put_to_wait(in_review):
    """The facts were read before the approval, the notice is written after it."""
    orders.announce(event="order_shipped", order_ids=[order_of().pk])
    notice = OrderNotice.objects.get()
    facts = grounds.read(order_ids=[notice.order_id])
    templates.apply_update(update=verdict(in_review))
    waits.release(now=soon())  # whom the approval woke: nothing waits yet

    said = decisions.decide(notice=notice, facts=facts, now=soon())
    decisions.record(notice=notice, verdict=said, now=soon())
    assert decision_of(notice) == "waiting"
    orders.decide_due(now=soon())  # the batch after the one in which it was put to wait

    assert decision_of(notice) == "sent"


@pytest.mark.django_db(transaction=True)
def test_approval_does_not_wait_for_whoever_decides(in_review):
    """It holds conversations and events; they may need its notice."""
    waiting = decide(order_of(), now=soon())
    with locked_elsewhere(OrderNotice.objects.all()), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
        templates.apply_update(update=verdict(in_review))
        assert orders.decide_due(now=soon()) == 0  # passes it by
        cursor.execute("RESET lock_timeout")

    work()

    assert decision_of(waiting) == "sent"


@pytest.mark.django_db(transaction=True)
def test_deciding_and_approving_at_once_leaves_nobody_waiting(in_review):
    for _ in range(4):
        in_review.status, in_review.status_changed_at = "PENDING", None
        in_review.save()
        told = [order_of().pk for _ in range(3)]
        orders.announce(event="order_shipped", order_ids=told)
        start, failed = threading.Barrier(2), []

        def decider(start=start, failed=failed):
            try:
                start.wait()
                work()
            except Exception as error:
                failed.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=decider)
        thread.start()
        start.wait()
        with transaction.atomic():
            templates.apply_update(update=verdict(in_review))
        work()  # whom the commit woke
        thread.join()

        assert not failed
        assert not OrderNotice.objects.exclude(decision="sent").exists()
