"""Senders that die, stop or sleep in mid-batch: the next goes on and doubles nothing."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from tests.e2e.faults import rows
from tests.e2e.faults.judgement import assert_equals_ledger
from whatsapp.models import MessageAttempt, OutboxItem, SenderState

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
    pytest.mark.alone,
]

LIMIT = 100


def elections() -> int:
    return SenderState.objects.get().epoch


def test_sender_killed_twice_in_mid_batch_loses_nothing_and_doubles_nothing(stand):
    number = rows.number(limit=LIMIT)
    for name in ("first", "second", "third"):
        stand.worker(name)
    rows.write(500, sender=number)

    for taken in (80, 250):
        stand.wait_until_taken(taken)
        stand.machines.kill(stand.holder())
    stand.wait_until_settled()

    assert assert_equals_ledger(stand.simulator).sent == 500
    assert elections() >= 3


def test_stopped_worker_gives_back_and_the_other_goes_on_at_once(stand):
    number = rows.number(limit=LIMIT)
    stand.worker("first")
    rows.write(500, sender=number)
    stand.wait_until_taken(50)
    stand.worker("second")
    stand.wait_until_taken(250)  # by then it has found the lease taken

    started = time.monotonic()
    stand.machines.terminate("first")
    took = time.monotonic() - started
    doubted = OutboxItem.objects.filter(state="UNCONFIRMED").count()
    stand.wait_until_settled(sweeps=False)

    assert doubted == 0
    assert took < 8
    assert assert_equals_ledger(stand.simulator).sent == 500


def test_holder_that_was_paused_beyond_its_lease_sends_nothing_late(stand):
    number = rows.number(limit=LIMIT)
    for name in ("first", "second"):
        stand.worker(name)
    rows.write(500, sender=number)
    stand.wait_until_taken(100)
    paused = stand.holder()

    stand.machines.pause(paused)
    stand.wait_until_taken(250)
    stand.machines.resume(paused)
    stand.wait_until_settled()

    assert assert_equals_ledger(stand.simulator).sent == 500
    assert elections() >= 2


def test_clocks_five_seconds_wrong_change_nothing_at_take_overs(stand):
    number = rows.number(limit=LIMIT)
    stand.worker("early", CLOCK_SKEW="-5")
    rows.write(700, sender=number)
    stand.wait_until_taken(100)
    stand.worker("late", CLOCK_SKEW="5")
    stand.wait_until_taken(350)

    stand.machines.terminate("early")
    stand.worker("early again", CLOCK_SKEW="-5")
    stand.wait_until_taken(550)
    stand.machines.kill("late")
    stand.wait_until_settled()

    assert assert_equals_ledger(stand.simulator).sent == 700
    assert elections() >= 3


def test_clock_that_is_behind_shortens_no_rest_that_meta_asked_for(stand):
    number = rows.number(limit=LIMIT)
    messages = rows.write(100, sender=number, wake=False)
    refused = stand.strike({"131056": 5}, messages)["131056"]
    stand.worker("behind", CLOCK_SKEW="-5")
    stand.wait_until_settled()
    sending = SenderState.objects.exclude(holder="")
    stand.wait_for(lambda: not sending.exists(), what="the sender has written all it knows")

    assert assert_equals_ledger(stand.simulator).sent == 100
    firsts = MessageAttempt.objects.filter(message__in=refused).select_related("message")
    rests = [first.message.happened_at - first.departed_at for first in firsts]
    assert len(rests) == 5
    assert min(rests) >= timedelta(seconds=1)
