"""The webhook door is away after sends in doubt: silence proves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cypher_erp.notifications.models import Notification
from tests.e2e.faults import rows
from tests.e2e.faults.judgement import assert_equals_ledger
from tests.e2e.faults.setting_up import machines, stand_on
from tests.e2e.faults.stand import Stand
from tests.simulator_process import SimulatorProcess
from whatsapp.models import Message, OutboxItem
from whatsapp.services import settlement

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
    pytest.mark.alone,
]

LIMIT = 100
TIMES = {
    "whatsapp_messages": ("happened_at", "sent_at", "created_at"),
    "whatsapp_outbox": ("departed_at", "created_at", "next_attempt_at"),
    "whatsapp_webhook_events": ("received_at", "next_attempt_at"),
}


@pytest.fixture
def closed(transactional_db, settings, simulator: SimulatorProcess) -> Iterator[Stand]:
    """A stand whose door is closed, and the waiting time as it is in a shop."""
    settings.WHATSAPP = settings.WHATSAPP | {"UNCONFIRMED_WAIT": timedelta(minutes=10)}
    with machines() as made:
        stand = stand_on(made, simulator=simulator)
        stand.simulator.settings(redelivery_cap=0.5, redelivery_limit=1000)
        stand.door()
        stand.machines.kill("door")
        yield stand


def let_pass(*, minutes: int) -> None:
    """Shift the clock: everything that happened is so much longer ago. The rounds are made."""
    for _ in range(minutes):
        with connection.cursor() as cursor:
            for table, columns in TIMES.items():
                shifts = ", ".join(f"{name} = {name} - interval '1 minute'" for name in columns)
                cursor.execute(f"UPDATE {table} SET {shifts}")
        settlement.sweep(now=timezone.now())


def states() -> Counter[str]:
    return Counter(OutboxItem.objects.values_list("state", flat=True))


def test_quarter_of_an_hour_without_webhooks_repeats_nothing(closed):
    stand = closed
    messages = rows.write(500, sender=rows.number(limit=LIMIT), wake=False)
    stand.strike({"server_error_after": 30, "server_error_before": 10}, messages)
    stand.worker()
    stand.wait_until_taken(490)
    stand.wait_for(lambda: states() == {"UNCONFIRMED": 40}, what="only doubts are left")

    let_pass(minutes=15)

    assert states() == {"HELD": 40}
    assert Notification.objects.filter(key__startswith="whatsapp-held-").count() == 40
    assert stand.taken() == 490

    stand.machines.again("door")
    stand.wait_for(lambda: states() == {"HELD": 10}, what="what was taken is told at last")
    stand.wait_until_settled()

    assert assert_equals_ledger(stand.simulator, unsent=10).sent == 490


def test_first_webhooks_after_an_outage_do_not_speak_for_those_still_to_come(closed):
    stand = closed
    messages = rows.write(500, sender=rows.number(limit=LIMIT), wake=False)
    doubtful = stand.strike({"server_error_after": 30}, messages)["server_error_after"]
    for message in doubtful:
        stand.simulator.fault("hold", to=message.phone_number)
    stand.worker()
    stand.wait_until_taken(500)
    stand.wait_for(lambda: states() == {"UNCONFIRMED": 30}, what="only doubts are left")

    let_pass(minutes=9)
    stand.machines.again("door")
    stand.wait_for(
        lambda: Message.objects.filter(delivery_status="READ").count() == 470,
        what="the others' statuses came",
    )
    let_pass(minutes=6)

    assert states() == {"UNCONFIRMED": 30}
    assert stand.taken() == 500

    stand.simulator.release(order="shuffled")
    stand.wait_until_settled()

    assert assert_equals_ledger(stand.simulator).sent == 500
