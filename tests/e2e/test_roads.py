"""The roads end to end: what the simulator accepted is what the database says."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import transaction
from django.utils import timezone

from cypher_erp.orders import services as orders
from tests.e2e.conftest import wait_for
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

    with system.worker():
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


def test_killed_sender_loses_nothing_and_doubles_nothing(system):
    system.simulator.settings(latency_ms=150)
    sent = many(150)

    with system.worker() as first:
        wait_for(lambda: len(callbacks(system)) > 40, what="a third of the messages left")
        first.kill()
    with system.worker():
        queue.enqueue(queue.SEND_DUE, number_id=sent[0].number_id)
        wait_for(lambda: not _moving(), what="every message is settled")
        system.simulator.wait_until_idle()
        wait_for(lambda: _agrees(system), what="the statuses are applied")

    assert len(callbacks(system)) == len(set(callbacks(system)))
    assert not system.simulator.duplicates()["message"]
    unconfirmed = Message.objects.filter(delivery_status="UNCONFIRMED").count()
    assert len(callbacks(system)) + unconfirmed == 150


def _moving() -> bool:
    return Message.objects.filter(delivery_status__in=("PENDING", "SENDING")).exists()


def _agrees(system) -> bool:
    """Whether exactly the messages that Meta took are known as taken, by the same wamid."""
    taken = {
        (entry["biz_opaque_callback_data"].partition(":")[0], entry["wamid"])
        for entry in system.simulator.ledger()
    }
    known = Message.objects.exclude(external_message_id=None)
    return taken == {
        (str(uuid), wamid) for uuid, wamid in known.values_list("uuid", "external_message_id")
    }


def test_faults_of_every_kind_end_with_the_ledger_and_the_rows_agreeing(system):
    for kind in (
        "server_error_before",
        "server_error_after",
        "reset_before",
        "reset_after",
        "html_502_after",
    ):
        system.simulator.fault(kind, rate=0.03)
    system.simulator.fault("130429", next=2)  # a pause of a second, then of two
    system.simulator.fault("duplicate", rate=0.2)
    system.simulator.fault("early", rate=0.2)
    sent = many(200)

    with system.worker():
        queue.enqueue(queue.SEND_DUE, number_id=sent[0].number_id)
        wait_for(
            lambda: _agrees(system) and not _moving(), what="everything is settled", timeout=150
        )

    assert not system.simulator.duplicates()["message"]
    doubtful = Message.objects.filter(delivery_status="UNCONFIRMED").values_list("uuid", flat=True)
    taken = {callback.partition(":")[0] for callback in callbacks(system)}
    assert not taken & {str(uuid) for uuid in doubtful}
    assert len(taken) + len(doubtful) == 200


@pytest.mark.alone
def test_never_more_than_the_limit_in_any_second_as_meta_sees_it(system):
    sent = many(240)

    with system.worker():
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
