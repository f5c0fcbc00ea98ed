"""Confirm, ship, deliver, cancel: legal moves only, all or none, announced in the transaction."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cypher_erp.orders import services, signals
from cypher_erp.orders.errors import OrderMoveError
from cypher_erp.orders.models import Order, OrderStatus
from tests.erp.factories import OrderFactory

pytestmark = pytest.mark.django_db

NEW, CONFIRMED, SHIPPED, DELIVERED, CANCELLED = OrderStatus
MOVES = [
    (services.confirm, CONFIRMED, {NEW}, signals.order_confirmed),
    (services.ship, SHIPPED, {CONFIRMED}, signals.order_shipped),
    (services.deliver, DELIVERED, {SHIPPED}, signals.order_delivered),
    (services.cancel, CANCELLED, {NEW, CONFIRMED}, signals.order_cancelled),
]
LEGAL = [(move, start, to, sig) for move, to, starts, sig in MOVES for start in sorted(starts)]
ILLEGAL = [
    (move, start, sig)
    for move, _to, starts, sig in MOVES
    for start in OrderStatus
    if start not in starts
]


def statuses(*orders):
    return list(
        Order.objects.filter(pk__in=[o.pk for o in orders]).values_list("status", flat=True)
    )


@pytest.mark.parametrize(("move", "start", "to", "signal"), LEGAL)
def test_legal_move_changes_the_order_and_is_announced(move, start, to, signal, hear):
    order = OrderFactory(status=start)
    heard = hear(signal)

    move(order_ids=[order.pk])

    order.refresh_from_db()
    assert order.status == to
    assert getattr(order, f"{to.lower()}_at") == order.updated_at
    assert heard == [{"order_ids": [order.pk], "occurrence": ""}]


@pytest.mark.parametrize(("move", "start", "signal"), ILLEGAL)
def test_illegal_move_is_refused_and_leaves_no_trace(move, start, signal, hear):
    order = OrderFactory(status=start)
    heard = hear(signal)

    with pytest.raises(OrderMoveError, match=rf"{order.number} \({start}\)"):
        move(order_ids=[order.pk])

    assert statuses(order) == [start]
    assert heard == []


def test_many_orders_move_in_one_signal_in_order_of_id(hear):
    orders = OrderFactory.create_batch(5)
    heard = hear(signals.order_confirmed)

    services.confirm(order_ids=[order.pk for order in reversed(orders)])

    assert statuses(*orders) == [CONFIRMED] * 5
    assert heard == [{"order_ids": [order.pk for order in orders], "occurrence": ""}]


def test_number_of_queries_does_not_grow_with_the_orders():
    few, many = OrderFactory.create_batch(2), OrderFactory.create_batch(40)
    with CaptureQueriesContext(connection) as for_few:
        services.confirm(order_ids=[order.pk for order in few])

    with CaptureQueriesContext(connection) as for_many:
        services.confirm(order_ids=[order.pk for order in many])

    assert len(for_many) == len(for_few)


def test_one_illegal_order_holds_back_all_and_is_named(hear):
    good, shipped, cancelled = (OrderFactory(status=status) for status in (NEW, SHIPPED, CANCELLED))
    heard = hear(signals.order_confirmed)

    with pytest.raises(OrderMoveError) as refusal:
        services.confirm(order_ids=[good.pk, shipped.pk, cancelled.pk])

    assert refusal.value.refused == ((shipped.number, SHIPPED), (cancelled.number, CANCELLED))
    assert good.number not in str(refusal.value)
    assert statuses(good) == [NEW]
    assert heard == []


def test_unknown_order_is_named_and_nothing_moves():
    order = OrderFactory()

    with pytest.raises(OrderMoveError, match=r"#999999 \(not found\)"):
        services.confirm(order_ids=[order.pk, 999999])

    assert statuses(order) == [NEW]


def test_long_refusal_names_ten_orders_and_counts_the_rest():
    error = OrderMoveError(to=SHIPPED, refused=[(f"C-{n}", NEW) for n in range(12)], missing=[])

    assert str(error).count("(NEW)") == 10
    assert "and 2 more" in str(error)


def test_no_orders_are_no_news(hear):
    heard = hear(signals.order_confirmed)

    services.confirm(order_ids=[])

    assert heard == []


def test_failing_receiver_undoes_the_move():
    order = OrderFactory()

    def refuse(**_given):
        raise RuntimeError("no room for a notice")

    signals.order_confirmed.connect(refuse)
    try:
        with pytest.raises(RuntimeError, match="no room"):
            services.confirm(order_ids=[order.pk])
    finally:
        signals.order_confirmed.disconnect(refuse)

    assert statuses(order) == [NEW]


@pytest.mark.django_db(transaction=True)
def test_signal_is_sent_inside_the_transaction_after_the_change():
    order = OrderFactory()
    seen = []

    def look(**_given):
        seen.append((connection.in_atomic_block, statuses(order)))

    signals.order_confirmed.connect(look)
    try:
        services.confirm(order_ids=[order.pk])
    finally:
        signals.order_confirmed.disconnect(look)

    assert seen == [(True, [CONFIRMED])]


def test_callers_rollback_takes_the_move_with_it():
    order = OrderFactory()

    with transaction.atomic():
        services.confirm(order_ids=[order.pk])
        transaction.set_rollback(True)

    assert statuses(order) == [NEW]


def test_shipping_with_a_parcel_records_it():
    order = OrderFactory(status=CONFIRMED)
    parcel = services.Parcel(courier="Sameday", tracking_number="1ONB42")

    services.ship(order_ids=[order.pk], parcels={order.pk: parcel})

    order.refresh_from_db()
    assert (order.courier, order.tracking_number) == ("Sameday", "1ONB42")
    assert order.tracking_url == "https://sameday.ro/#awb=1ONB42"


def test_shipping_without_a_parcel_takes_the_house_courier():
    order = OrderFactory(status=CONFIRMED)

    services.ship(order_ids=[order.pk])

    order.refresh_from_db()
    assert order.courier == "Fan Courier"
    assert order.tracking_number == f"20{order.pk:010d}1"
    assert order.tracking_url.endswith(order.tracking_number)


def test_shipping_keeps_what_was_typed_on_the_order():
    typed = {"courier": "Curierul meu", "tracking_number": "A 1", "tracking_url": ""}
    order = OrderFactory(status=CONFIRMED, **typed)

    services.ship(order_ids=[order.pk])

    order.refresh_from_db()
    assert {field: getattr(order, field) for field in typed} == typed
