"""Who may send now: one sender at a time for a number, and a turn for every number."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from itertools import groupby, pairwise

import pytest
from celery import current_app
from django.db import transaction

from tests.e2e.faults import rows
from tests.e2e.faults.judgement import assert_equals_ledger
from tests.e2e.faults.setting_up import machines, stand_on
from tests.e2e.faults.stand import Stand
from tests.simulator_process import ACCESS_TOKEN, NUMBER_ID, running_simulator
from whatsapp import queue
from whatsapp.domain.retry import Priority
from whatsapp.models import SenderState

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
    pytest.mark.alone,
]


LIMIT = 100
SECOND = "555000000000002"


@pytest.fixture
def two_numbers(transactional_db, times, door: str) -> Iterator[Stand]:
    """A stand whose Meta knows a second number of the shop."""
    with (
        running_simulator(phone_number_id=f"{NUMBER_ID},{SECOND}") as simulator,
        machines() as made,
    ):
        stand = stand_on(made, simulator=simulator)
        stand.opens_to(door)
        yield stand


def by_number(entry: dict[str, str]) -> str:
    return entry["number"]


def wake_all(number_id: int) -> None:
    """Three wake-ups at the same moment, past what coalesces those of one process."""
    for _ in range(3):
        current_app.signature(
            queue.SEND_DUE, kwargs={"number_id": number_id}, queue=queue.SEND_QUEUE
        ).apply_async()


def changes_of_sender(stand) -> int:
    """How often a send came from another worker than the one before; each has a Graph version."""
    calls = [call for call in stand.simulator.requests() if call["path"].endswith("/messages")]
    versions = [call["path"].split("/")[1] for call in calls]
    assert len({*versions}) > 1, "one worker sent everything: nothing was raced for"
    return sum(one != other for one, other in pairwise(versions))


def test_racing_senders_are_elected_one_at_a_time(stand):
    number = rows.number(limit=200)
    for version in (23, 24, 25):
        stand.worker(f"worker{version}", WHATSAPP_GRAPH_VERSION=f"v{version}.0")
    rows.write(1, sender=number)
    stand.wait_until_taken(1)
    dice = random.Random(7)

    for _ in range(8):  # waves with a rest in between, in which the holder lets go
        rows.write(65, sender=number, wake=False)
        for _ in range(10):
            wake_all(number.pk)
            time.sleep(dice.uniform(0, 0.2))
    stand.wait_until_settled()

    assert assert_equals_ledger(stand.simulator).sent == 521
    assert changes_of_sender(stand) < SenderState.objects.get().epoch


def test_two_busy_numbers_share_the_one_thread_there_is(two_numbers):
    one, other = (
        rows.number(limit=LIMIT),
        rows.number(
            limit=LIMIT, phone_number_id=SECOND, is_default=False, access_token=ACCESS_TOKEN
        ),
    )
    two_numbers.worker("receiver", "-Q", queue.RECEIVE_QUEUE)
    rows.write(400, sender=one)
    rows.write(400, sender=other)
    two_numbers.worker("sender", "-Q", queue.SEND_QUEUE, CELERY_CONCURRENCY="1", TURN="2")
    two_numbers.wait_until_settled(sweeps=False)

    assert assert_equals_ledger(two_numbers.simulator).sent == 800
    turns = [len(list(run)) for _, run in groupby(two_numbers.simulator.ledger(), key=by_number)]
    assert len(turns) >= 4
    assert max(turns) <= 4 * LIMIT - 1


def test_reply_and_notice_overtake_the_broadcast_that_was_queued_before(stand):
    number = rows.number(limit=LIMIT)
    rows.write(500, sender=number, priority=Priority.BROADCAST)
    stand.worker()
    stand.wait_until_taken(100)

    before = stand.taken()
    with transaction.atomic():
        [notice] = rows.write(1, sender=number, priority=Priority.NOTICE)
        [reply] = rows.write(1, sender=number, priority=Priority.REPLY)
    stand.wait_until_settled()

    assert assert_equals_ledger(stand.simulator).sent == 502
    order = [entry["biz_opaque_callback_data"] for entry in stand.simulator.ledger()]
    places = [order.index(f"{message.uuid}:1") for message in (reply, notice)]
    assert places == sorted(places)
    assert places[1] < before + LIMIT  # the 402 that waited came after them
