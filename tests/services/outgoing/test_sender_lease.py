"""One holder at a time, judged by the database's clock."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.utils import timezone

from tests.factories import BusinessNumberFactory, OutboxItemFactory
from whatsapp.models import SenderState
from whatsapp.services.outgoing import outbox, sender_lease
from whatsapp.services.outgoing.outbox import LeaseLostError

pytestmark = pytest.mark.django_db


def test_first_comer_is_elected_and_the_second_is_not():
    number = BusinessNumberFactory()

    first = sender_lease.elect(number_id=number.pk)
    second = sender_lease.elect(number_id=number.pk)

    assert first is not None
    assert first.epoch == 1
    assert second is None


def test_numbers_have_senders_of_their_own():
    one = BusinessNumberFactory()
    two = BusinessNumberFactory(phone_number_id="555000000000002", is_default=False)

    assert sender_lease.elect(number_id=one.pk) is not None
    assert sender_lease.elect(number_id=two.pk) is not None


def test_clean_end_lets_the_next_send_at_once_and_passes_departures_on():
    number = BusinessNumberFactory()
    first = sender_lease.elect(number_id=number.pk)
    left = [time.monotonic() - 0.2, time.monotonic() - 0.1]

    sender_lease.release(first, departures=left)
    second = sender_lease.elect(number_id=number.pk)

    assert second.epoch == 2
    assert second.silent_until == 0.0
    assert second.departures == pytest.approx(left, abs=0.05)


def test_unclean_end_keeps_the_next_silent_for_a_second_and_the_margin():
    number = BusinessNumberFactory()
    sender_lease.elect(number_id=number.pk)
    SenderState.objects.update(lease_until=timezone.now() - timedelta(milliseconds=300))

    second = sender_lease.elect(number_id=number.pk)

    assert second.silent_until - time.monotonic() == pytest.approx(0.71, abs=0.1)


def test_renewal_moves_the_deadline_and_fails_for_a_lost_lease():
    number = BusinessNumberFactory()
    lease = sender_lease.elect(number_id=number.pk)

    renewed = sender_lease.renew(lease)
    SenderState.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert renewed.deadline > lease.deadline
    assert sender_lease.renew(renewed) is None


def test_slow_renewal_does_not_shift_the_database_clock_and_a_clock_that_moved_is_followed():
    number = BusinessNumberFactory()
    lease = sender_lease.elect(number_id=number.pk)

    renewals = [lease := sender_lease.renew(lease) for _ in range(20)]
    behind = replace(lease, clock_offset=lease.clock_offset - 5)

    offsets = [each.clock_offset for each in renewals]
    assert offsets == sorted(offsets, reverse=True)  # an upper bound that only comes nearer
    assert sender_lease.renew(behind).clock_offset == pytest.approx(lease.clock_offset, abs=1)


def test_deadline_lies_before_the_end_of_the_lease():
    number = BusinessNumberFactory()
    before = time.monotonic()

    lease = sender_lease.elect(number_id=number.pk)

    assert lease.deadline <= time.monotonic() + 4.5
    assert lease.deadline >= before + 4.5


def test_lost_lease_claims_nothing():
    row = OutboxItemFactory()
    lease = sender_lease.elect(number_id=row.number_id)
    SenderState.objects.update(epoch=lease.epoch + 1, holder="another")

    with pytest.raises(LeaseLostError):
        outbox.claim(lease=lease, limit=10)

    row.refresh_from_db()
    assert row.state == "PENDING"


@pytest.mark.django_db(transaction=True)
def test_row_in_use_is_a_lease_taken_and_nobody_waits_for_it():
    number = BusinessNumberFactory()
    lease = sender_lease.elect(number_id=number.pk)
    sender_lease.release(lease, departures=[])
    locked, done = threading.Event(), threading.Event()

    def hold_the_row() -> None:
        with transaction.atomic():
            SenderState.objects.select_for_update().get()
            locked.set()
            done.wait(10)
        connection.close()

    holder = threading.Thread(target=hold_the_row)
    holder.start()
    locked.wait(10)
    started = time.monotonic()
    meanwhile = sender_lease.elect(number_id=number.pk)
    waited = time.monotonic() - started
    done.set()
    holder.join()

    assert meanwhile is None
    assert waited < 1
    assert sender_lease.elect(number_id=number.pk) is not None


@pytest.mark.django_db(transaction=True)
def test_server_ends_the_transaction_of_a_sender_that_fell_silent(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "SENDER_LEASE": timedelta(seconds=1)}
    number = BusinessNumberFactory()
    lease = sender_lease.elect(number_id=number.pk)
    sender_lease.release(lease, departures=[])

    def fall_silent() -> None:
        with suppress(DatabaseError), sender_lease.brief():
            SenderState.objects.select_for_update().get()
            time.sleep(2)
            SenderState.objects.update(epoch=99)
        connection.close()

    silent = threading.Thread(target=fall_silent)
    silent.start()
    silent.join()

    assert sender_lease.elect(number_id=number.pk).epoch == 2
