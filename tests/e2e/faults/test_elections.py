"""Who may send now: one sender at a time for a number, and a turn for every number."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from celery import current_app

from tests.e2e.faults import rows
from tests.e2e.faults.judgement import assert_equals_ledger
from whatsapp import queue
from whatsapp.domain.retry import Priority
from whatsapp.models import SenderState

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
    pytest.mark.alone,
]


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
