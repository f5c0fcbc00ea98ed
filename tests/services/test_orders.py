"""Every announced event is told exactly once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cypher_erp.customers.models import Customer
from cypher_erp.orders.models import Order
from tests.factories import ContactFactory, ConversationFactory
from tests.services.notices.shop import approved, decide, order_of
from whatsapp.errors import NotFoundError, ValidationError
from whatsapp.models import Message, OrderNotice, OutboxItem
from whatsapp.services import orders
from whatsapp.services.notices import grounds

pytestmark = pytest.mark.django_db


class TestTold:
    def test_notice_becomes_a_queued_template_in_romanian(self, shop):
        order = order_of()

        notice = decide(order, "order_confirmed")

        message = Message.objects.get()
        assert (notice.decision, notice.message, notice.reason) == ("sent", message, "")
        assert (message.order_id, message.customer_id) == (order.pk, order.customer_id)
        assert message.phone_number == "+40712345678"
        assert "Bună ziua, Ana Pop!" in message.message_text
        assert f"comanda {order.number}" in message.message_text
        assert "1.234,50 lei" in message.message_text
        assert OutboxItem.objects.get().get_priority_display() == "Notice"

    def test_shipped_order_names_courier_and_where_to_follow_it(self, shop):
        order = order_of()
        Order.objects.update(
            courier="Sameday", tracking_number="AWB9", tracking_url="https://s.ro/9"
        )

        decide(order, "order_shipped")

        text = Message.objects.get().message_text
        assert "Sameday" in text
        assert "AWB: AWB9" in text
        assert "https://s.ro/9" in text

    def test_customer_reads_their_own_language(self, shop):
        decide(order_of(language="en"), "order_confirmed")

        message = Message.objects.get()
        assert message.template.language == "en"
        assert "Hello Ana Pop" in message.message_text

    def test_language_without_an_approved_template_falls_back_to_romanian(self, shop):
        approved("order_confirmed", "hu", status="PENDING")

        decide(order_of(language="hu"), "order_confirmed")

        assert Message.objects.get().template.language == "ro"

    def test_decided_notice_is_never_decided_again(self, shop):
        order = order_of()

        for _ in range(3):
            decide(order, "order_confirmed")

        assert Message.objects.count() == 1
        assert orders.decide_due(now=timezone.now() + timedelta(days=9)) == 0

    def test_notice_leaves_the_conversation_as_it_was(self, shop):
        contact = ContactFactory(phone="+40712345678", wa_id="40712345678")
        conversation = ConversationFactory(contact=contact, number=shop, status="RESOLVED")

        decide(order_of(), "order_confirmed")

        conversation.refresh_from_db()
        assert (conversation.status, conversation.unread_count) == ("RESOLVED", 0)
        assert Message.objects.get().conversation == conversation


class TestMany:
    def test_a_batch_asks_the_erp_twice_whatever_its_size(self, shop, django_assert_num_queries):
        customers = Customer.objects.bulk_create(
            [Customer(name=f"C{n}", phone=f"07123456{n:02}") for n in range(20)]
        )
        ids = [Order.objects.create(customer=customer).pk for customer in customers]

        with django_assert_num_queries(5):  # orders, customers, rules, the number, its templates
            facts = grounds.read(order_ids=ids)

        assert len(facts.orders) == len(facts.customers) == 20

    def test_a_call_takes_its_share_and_zero_ends_it(self, shop):
        for n in range(5):
            orders.announce(event="order_confirmed", order_ids=[order_of(phone=f"071234567{n}").pk])
        now = timezone.now()

        counts = [orders.decide_due(now=now, limit=2) for _ in range(4)]

        assert counts == [2, 2, 1, 0]
        assert Message.objects.count() == 5


class TestNotifyOrder:
    def test_one_order_is_announced_once(self, shop):
        order = order_of()

        first = orders.notify_order(order_id=order.pk, event="order_shipped", occurrence="AWB 1")
        again = orders.notify_order(order_id=order.pk, event="order_shipped", occurrence="AWB 1")

        assert first == again
        assert OrderNotice.objects.count() == 1

    def test_unknown_event_and_order_are_refused(self):
        with pytest.raises(ValidationError):
            orders.notify_order(order_id=order_of().pk, event="order_lost")
        with pytest.raises(NotFoundError):
            orders.notify_order(order_id=10**12, event="order_shipped")

        assert not OrderNotice.objects.exists()


def test_cancelled_orders_are_named_in_one_question(django_assert_num_queries):
    kept, cancelled = order_of(), order_of()
    Order.objects.filter(pk=cancelled.pk).update(status="CANCELLED")

    with django_assert_num_queries(1):
        overtaken = orders.overtaken_by_cancel(order_ids=[kept.pk, cancelled.pk])

    assert overtaken == {cancelled.pk}


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_notices_and_tell_each_once(shop):
    ids = [order_of(phone=f"071234560{n}").pk for n in range(8)]
    orders.announce(event="order_confirmed", order_ids=ids)

    def work():
        try:
            while orders.decide_due(now=timezone.now(), limit=3):
                pass
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    told = Message.objects.values_list("order_id", flat=True).order_by("order_id")
    assert list(told) == sorted(ids)
    assert set(OrderNotice.objects.values_list("decision", flat=True)) == {"sent"}
