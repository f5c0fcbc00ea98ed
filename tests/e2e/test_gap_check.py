"""Webhooks that never came are found by Meta's own count: gateway, door, processor and check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.conftest import wait_for
from tests.factories import BusinessNumberFactory, ContactFactory, ConversationFactory
from tests.services.receiving.steps import departed, process
from whatsapp.domain.content import Outgoing, Recipient, Text
from whatsapp.models import GapCheck, Message
from whatsapp.ports import Credentials
from whatsapp.services.events import gap_check
from whatsapp.wiring import gateway

PHONE = "+40712345678"
A_DAY = timedelta(days=1)


@pytest.fixture
def thread(transactional_db, live_server, simulator, settings):
    """A conversation of yesterday, by Meta's clock."""
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "GRAPH_URL": simulator.graph_url,
        "STAFF_NOTIFIER": "whatsapp.testing.RecordingStaffNotifier",
    }
    simulator.reset(webhook_url=f"{live_server.url}/api/v1/whatsapp/webhook")
    simulator.clock(offset=-A_DAY.total_seconds(), timestamps=True)
    simulator.inbound_text(PHONE, "Bună")
    number = BusinessNumberFactory(created_at=datetime.now(tz=UTC) - timedelta(days=9))
    contact = ContactFactory(phone=PHONE, wa_id=PHONE.lstrip("+"))
    return ConversationFactory(number=number, contact=contact)


def send(thread, count: int) -> None:
    number = thread.number
    credentials = Credentials(
        phone_number_id=number.phone_number_id, waba_id=number.account_id, token=number.token
    )
    for _ in range(count):
        message = departed("UNCONFIRMED", conversation=thread)
        outgoing = Outgoing(
            recipient=Recipient(phone=PHONE),
            content=Text(body="Bună ziua!"),
            callback_data=f"{message.uuid}:1",
        )
        gateway().send(outgoing, credentials=credentials)


def has_read(count: int) -> bool:
    process()
    return Message.objects.filter(delivery_status="READ").count() == count


def test_statuses_that_never_came_are_found_and_those_that_came_are_not(thread, simulator):
    send(thread, 5)
    wait_for(lambda: has_read(5), what="five messages read")

    gap_check.check(now=datetime.now(tz=UTC))
    row = GapCheck.objects.latest("day")
    assert (row.state, row.meta_sent, row.meta_delivered) == ("EQUAL", 5, 5)
    simulator.fault("drop")
    send(thread, 6)
    wait_for(lambda: len(simulator.ledger(status="read")) == 11, what="eleven messages read")
    gap_check.repeat(check_id=row.pk)
    gap_check.check(now=datetime.now(tz=UTC))

    row.refresh_from_db()
    assert (row.state, row.meta_delivered, row.our_delivered) == ("DIFFERENT", 11, 5)
    assert gap_check.advice(row).startswith("Statuses are missing here.")


def test_miscount_of_metas_is_told_and_taken_back(thread, simulator):
    send(thread, 1)
    wait_for(lambda: has_read(1), what="the message read")
    simulator.fault("miscount", size=9, next=1)

    gap_check.check(now=datetime.now(tz=UTC))
    assert {row.state for row in GapCheck.objects.all()} == {"DIFFERENT"}
    gap_check.check(now=datetime.now(tz=UTC))

    assert {row.state for row in GapCheck.objects.all()} == {"EQUAL"}
