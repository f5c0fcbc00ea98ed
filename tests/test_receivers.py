"""The ERP's signals, sent inside its transactions, become pending notices or nothing at all."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.dispatch import Signal
from django.test.utils import CaptureQueriesContext

from cypher_erp.customers.models import Customer
from cypher_erp.orders import services as erp_orders
from cypher_erp.orders import signals as erp_signals
from cypher_erp.orders.models import Order
from whatsapp import receivers, signals
from whatsapp.models import OrderNotice

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    return Customer.objects.create(name="Ana Pop", phone="0712345678")


@pytest.fixture
def order(customer):
    return Order.objects.create(customer=customer)


@pytest.fixture
def quiet_signal():
    """One of our outgoing signals, which nobody hears in tests, stands in for the ERP's."""
    yield signals.sla_breached
    signals.sla_breached.receivers.clear()
    signals.sla_breached.sender_receivers_cache.clear()


def notices():
    return list(OrderNotice.objects.order_by("id").values_list("order_id", "event", "occurrence"))


def test_confirmed_order_gets_a_pending_notice(order):
    erp_orders.confirm(order_ids=[order.pk])

    notice = OrderNotice.objects.get()
    assert (notice.order_id, notice.event, notice.occurrence) == (order.pk, "order_confirmed", "")
    assert notice.decision == "pending"


def test_our_own_signals_work_without_any_setting(order):
    signals.order_shipped.send(sender=None, order_ids=[order.pk], occurrence="AWB 1")

    assert notices() == [(order.pk, "order_shipped", "AWB 1")]


def test_rolled_back_transaction_of_the_erp_leaves_no_notice(order):
    with transaction.atomic():
        erp_signals.order_confirmed.send(sender=Order, order_ids=[order.pk], occurrence="")
        transaction.set_rollback(True)

    assert notices() == []


def test_a_thousand_orders_are_one_insert(customer):
    orders = Order.objects.bulk_create(
        [Order(customer=customer, number=f"C-{n}") for n in range(1000)]
    )

    with CaptureQueriesContext(
        connection,
    ) as queries:
        erp_signals.order_confirmed.send(
            sender=Order, order_ids=[order.pk for order in orders], occurrence=""
        )

    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert [sql.split()[0] for sql in statements] == ["INSERT"]
    assert OrderNotice.objects.count() == 1000


def test_the_same_event_twice_is_one_notice(order):
    for _ in range(2):
        signals.order_confirmed.send(sender=None, order_ids=[order.pk, order.pk], occurrence="")

    assert notices() == [(order.pk, "order_confirmed", "")]


def test_occurrence_tells_two_parcels_of_one_order_apart(order):
    for parcel in ("1", "2", "2"):
        signals.order_shipped.send(sender=None, order_ids=[order.pk], occurrence=parcel)

    assert notices() == [(order.pk, "order_shipped", "1"), (order.pk, "order_shipped", "2")]


def test_no_orders_is_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        signals.order_confirmed.send(sender=None, order_ids=[], occurrence="")


def test_order_that_does_not_exist_does_not_fail_the_commit(order):
    with transaction.atomic():
        signals.order_confirmed.send(sender=None, order_ids=[order.pk, 10**12], occurrence="")
        connection.check_constraints()

    assert notices() == [(order.pk, "order_confirmed", "")]


@pytest.mark.parametrize(
    "sent",
    [
        {"order_ids": ["no number"]},
        {"order_ids": None},
        {"ids": [1]},
        {"order_ids": [1], "occurrence": "x" * 65},
    ],
)
def test_what_goes_wrong_is_logged_and_the_erp_goes_on(order, customer, caplog, sent):
    sent = {name: [order.pk] if value == [1] else value for name, value in sent.items()}

    with transaction.atomic():
        signals.order_confirmed.send(sender=None, **sent)
        Customer.objects.filter(pk=customer.pk).update(name="Ana Popescu")

    assert notices() == []
    assert Customer.objects.get().name == "Ana Popescu"
    assert [record.message for record in caplog.records] == ["order event lost"]


def test_work_is_announced_to_the_worker_after_commit_only(
    order, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as callbacks:
        signals.order_confirmed.send(sender=None, order_ids=[order.pk], occurrence="")

    assert len(callbacks) == 1


def test_disabled_module_listens_to_nothing(settings, quiet_signal):
    path = "whatsapp.signals.sla_breached"
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "ENABLED": False,
        "ORDER_SIGNALS": {"order_confirmed": path},
    }

    receivers.connect()

    assert not quiet_signal.has_listeners()


def test_signal_named_by_the_settings_is_connected_once(settings, quiet_signal, order):
    path = "whatsapp.signals.sla_breached"
    settings.WHATSAPP = {**settings.WHATSAPP, "ORDER_SIGNALS": {"order_delivered": path}}

    receivers.connect()
    receivers.connect()
    quiet_signal.send(sender=None, order_ids=[order.pk])

    assert len(quiet_signal.receivers) == 1
    assert notices() == [(order.pk, "order_delivered", "")]


@pytest.mark.parametrize("path", ["nowhere.order_confirmed", "whatsapp.queue.enqueue"])
def test_wrong_path_does_not_keep_the_app_from_starting(settings, path):
    settings.WHATSAPP = {**settings.WHATSAPP, "ORDER_SIGNALS": {"order_delivered": path}}

    receivers.connect()

    assert isinstance(signals.order_delivered, Signal)


@pytest.mark.django_db(transaction=True)
def test_announcement_waits_for_no_order_that_somebody_else_holds(order):
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Order.objects.select_for_update().get(pk=order.pk)
            held.set()
            done.wait(timeout=10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(timeout=10)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '500ms'")
        signals.order_confirmed.send(sender=None, order_ids=[order.pk], occurrence="")

    done.set()
    holder.join()
    assert OrderNotice.objects.filter(order=order).count() == 1
