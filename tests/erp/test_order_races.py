"""Two people at once: one of them moves the order, and no number is given twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from cypher_erp.orders import services, signals
from cypher_erp.orders.errors import OrderMoveError
from cypher_erp.orders.models import Order
from tests.erp.factories import CustomerFactory, OrderFactory

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 4


def all_at_once(act):
    """Run ``act`` in four threads that start together; gives what each returned."""
    start = Barrier(PEOPLE)

    def run(_who):
        start.wait(timeout=10)
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(PEOPLE) as pool:
        return list(pool.map(run, range(PEOPLE)))


def test_order_confirmed_by_four_at_once_is_confirmed_and_announced_once(hear):
    order = OrderFactory()
    heard = hear(signals.order_confirmed)

    def confirm():
        try:
            services.confirm(order_ids=[order.pk])
        except OrderMoveError:
            return "refused"
        return "confirmed"

    assert sorted(all_at_once(confirm)) == ["confirmed", "refused", "refused", "refused"]
    assert heard == [{"order_ids": [order.pk], "occurrence": ""}]


def test_orders_placed_at_once_get_numbers_in_a_row():
    customer = CustomerFactory()

    all_at_once(lambda: Order.objects.create(customer=customer))

    counts = [int(number[-5:]) for number in Order.objects.values_list("number", flat=True)]
    assert sorted(counts) == [1, 2, 3, 4]
