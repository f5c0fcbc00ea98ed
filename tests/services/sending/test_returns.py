"""What must go back and is locked: owed until it is free, and gone from nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import OutboxItemFactory
from tests.locks import locked_elsewhere
from tests.services.sifting import Filtering, around_now, notice_of, sift
from whatsapp.domain.pace import PAIR_BURST
from whatsapp.models import Message, OrderNotice, OutboxItem

pytestmark = pytest.mark.django_db


def held_by_somebody(row: OutboxItem):
    return locked_elsewhere(Message.objects.filter(pk=row.message_id))


@pytest.mark.django_db(transaction=True)
def test_row_that_must_go_back_and_is_locked_is_owed_until_it_is_free(outside):
    item = OutboxItemFactory()
    sender = Filtering()
    for _ in range(PAIR_BURST):
        sender.sieve.departed(sender.claimed[0])

    with held_by_somebody(item):
        assert sender.sift() == []
        sender.sieve.return_owed()
        assert sender.sieve.owes
        assert OutboxItem.objects.get().state == "CLAIMED"
    sender.sieve.return_owed()

    assert not sender.sieve.owes
    item.refresh_from_db()
    assert item.state == "PENDING"
    assert item.next_attempt_at > timezone.now() + timedelta(seconds=260)


@pytest.mark.django_db(transaction=True)
def test_locked_notice_of_the_night_neither_waits_nor_leaves(outside, settings):
    around_now(settings)
    item = OutboxItemFactory(priority=1)
    sender = Filtering()

    with held_by_somebody(item):
        assert sender.sift() == []
    sender.sieve.return_owed()

    assert OutboxItem.objects.get().state == "PENDING"
    assert sift_again(sender) == []
    assert OutboxItem.objects.get().next_attempt_at > timezone.now() + timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
def test_locked_notice_of_a_cancelled_order_neither_waits_nor_leaves(outside):
    notice = notice_of(outside, is_cancelled=True)
    sender = Filtering()

    with locked_elsewhere(OrderNotice.objects.filter(pk=notice.pk)):
        assert sender.sift() == []
    sender.sieve.return_owed()

    assert sift_again(sender) == []
    notice.refresh_from_db()
    assert notice.decision == "suppressed"


def sift_again(sender: Filtering) -> list[int]:
    sender.let_go()
    return sift()
