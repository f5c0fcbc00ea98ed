"""The roads end to end: what the simulator accepted is what the database says."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from django.db import transaction
from django.utils import timezone

from cypher_erp.orders import services as orders
from tests.e2e.conftest import wait_for
from tests.e2e.faults.setting_up import TIMES
from tests.erp.factories import CustomerFactory, OrderFactory
from tests.factories import ContactFactory, ConversationFactory, OutboxItemFactory, UserFactory
from whatsapp import queue
from whatsapp.domain.standard_templates import STANDARD_TEMPLATES
from whatsapp.models import Conversation, Message, OrderNotice, OutboxItem, Template
from whatsapp.services import messages, settlement

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
]


def many(count: int) -> list[Message]:
    """Replies to as many customers, in one transaction."""
    with transaction.atomic():
        return [
            messages.send_text(text=f"Mesajul {n}", conversation_id=ConversationFactory().pk)
            for n in range(count)
        ]


def statuses() -> Counter[str]:
    return Counter(Message.objects.values_list("delivery_status", flat=True))


def callbacks(system) -> list[str]:
    return [entry["biz_opaque_callback_data"] for entry in system.simulator.ledger()]


def approve(system, name: str) -> None:
    definition = next(t for t in STANDARD_TEMPLATES if (t.name, t.language) == (name, "ro"))
    components = [dict(part) for part in definition.components]
    system.simulator.template(name, components=components, language="ro", parameter_format="NAMED")
    Template.objects.create(
        waba_id="777000000000001",
        name=name,
        language="ro",
        components=components,
        status="APPROVED",
    )


def test_confirmed_order_is_told_and_the_answer_finds_an_agent(system):
    approve(system, "order_confirmed")
    customer = CustomerFactory(name="Ana Popescu", phone="0712 000 123", language="ro")
    order = OrderFactory(customer=customer)

    with system.worker():
        orders.confirm(order_ids=[order.pk])
        wait_for(lambda: statuses()["READ"] == 1, what="the notice is read")

        notice = OrderNotice.objects.get()
        assert (notice.decision, notice.event) == ("sent", "order_confirmed")
        assert order.number in notice.message.message_text

        system.simulator.inbound_text("+40712000123", "Când ajunge?")
        wait_for(lambda: Conversation.objects.filter(unread_count=1).exists(), what="the answer")

    conversation = Conversation.objects.get()
    answer = Message.objects.received().get()
    assert (conversation.status, conversation.contact.customer_id) == ("OPEN", customer.pk)
    assert (answer.message_text, answer.customer_id) == ("Când ajunge?", customer.pk)
    assert callbacks(system) == [f"{notice.message.uuid}:1"]


def test_reply_of_an_agent_reaches_the_customer_and_is_seen_as_read(system):
    conversation = ConversationFactory(contact=ContactFactory(phone="+40712000124"))
    system.simulator.inbound_text("+40712000124", "Bună!")
    agent = UserFactory(agent=True)

    with system.worker(CELERY_SKIP_CHECKS=""):  # none of the checks ends it
        wait_for(lambda: Message.objects.received().exists(), what="the customer's words")
        reply = messages.send_text(
            text="Bună ziua!", conversation_id=conversation.pk, user_id=agent.pk
        )
        wait_for(lambda: Message.objects.get(pk=reply.pk).delivery_status == "READ", what="READ")

    [entry] = system.simulator.ledger()
    reply.refresh_from_db()
    assert entry["wamid"] == reply.external_message_id
    assert reply.sent_at <= reply.delivered_at <= reply.read_at
    assert not OutboxItem.objects.exists()


@pytest.mark.alone
def test_never_more_than_the_limit_in_any_second_as_meta_sees_it(system):
    """With the margin of the fault suite: what reads for Meta here shares the worker's cores."""
    times = json.dumps({"SENDER_MARGIN": TIMES["SENDER_MARGIN"]})
    sent = many(240)

    with system.worker(DJANGO_SETTINGS_MODULE="tests.e2e.faults.settings", TIMES=times):
        queue.enqueue(queue.SEND_DUE, number_id=sent[0].number_id)
        wait_for(lambda: len(callbacks(system)) == 240, what="all messages left")

    seconds = system.simulator.stats()["numbers"]["555000000000001"]
    assert seconds["largest_second_arrived"] <= 80


def test_sweep_finds_what_no_wake_up_told(system):
    OutboxItemFactory()  # a row, and nobody was told

    with system.worker():
        settlement.sweep(now=timezone.now())
        wait_for(lambda: callbacks(system), what="the message left")

    assert callbacks(system) == [f"{Message.objects.get().uuid}:1"]
