"""What happens to orders: confirm, ship, deliver, cancel; one or many at once, all or none.

Each move locks its orders by id, refuses if any of them may not make it, writes all of them in one
UPDATE and sends one signal, in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from cypher_erp.orders import couriers, signals
from cypher_erp.orders.errors import OrderMoveError
from cypher_erp.orders.models import Order, OrderStatus

LEGAL_FROM: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.CONFIRMED: frozenset({OrderStatus.NEW}),
    OrderStatus.SHIPPED: frozenset({OrderStatus.CONFIRMED}),
    OrderStatus.DELIVERED: frozenset({OrderStatus.SHIPPED}),
    OrderStatus.CANCELLED: frozenset({OrderStatus.NEW, OrderStatus.CONFIRMED}),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """How an order travels. Without a tracking page the courier's own is used."""

    courier: str
    tracking_number: str
    tracking_url: str = ""


def confirm(*, order_ids: Iterable[int]) -> None:
    """Accept new orders; OrderMoveError names those that cannot be, and nothing happens."""
    with transaction.atomic():
        orders = _lock(order_ids, to=OrderStatus.CONFIRMED)
        _move(orders, to=OrderStatus.CONFIRMED, announce=signals.order_confirmed)


def ship(*, order_ids: Iterable[int], parcels: Mapping[int, Parcel] | None = None) -> None:
    """Hand confirmed orders to their couriers; OrderMoveError as in ``confirm``.

    ``parcels`` by order id; an order without one keeps its courier and AWB, or is given the house
    courier and a fresh AWB.
    """
    with transaction.atomic():
        orders = _lock(order_ids, to=OrderStatus.SHIPPED)
        for order in orders:
            _address(order, (parcels or {}).get(order.pk))
        fields = ["courier", "tracking_number", "tracking_url"]
        Order.objects.bulk_update(orders, fields, batch_size=500)
        _move(orders, to=OrderStatus.SHIPPED, announce=signals.order_shipped)


def deliver(*, order_ids: Iterable[int]) -> None:
    """Record that shipped orders arrived; OrderMoveError as in ``confirm``."""
    with transaction.atomic():
        orders = _lock(order_ids, to=OrderStatus.DELIVERED)
        _move(orders, to=OrderStatus.DELIVERED, announce=signals.order_delivered)


def cancel(*, order_ids: Iterable[int]) -> None:
    """Cancel orders that have not left; OrderMoveError as in ``confirm``."""
    with transaction.atomic():
        orders = _lock(order_ids, to=OrderStatus.CANCELLED)
        _move(orders, to=OrderStatus.CANCELLED, announce=signals.order_cancelled)


def add_up(*, order_id: int) -> None:
    """Set an order's totals from its lines."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        order.add_up(order.lines.all())
        order.save(update_fields=["net_total", "vat_total", "total", "updated_at"])


def _lock(order_ids: Iterable[int], *, to: OrderStatus) -> Sequence[Order]:
    """Lock the orders by id, or raise OrderMoveError for all that may not move."""
    wanted = set(order_ids)
    orders = list(Order.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
    refused = [
        (order.number, order.status) for order in orders if order.status not in LEGAL_FROM[to]
    ]
    missing = sorted(wanted - {order.pk for order in orders})
    if refused or missing:
        raise OrderMoveError(to=to, refused=refused, missing=missing)
    return orders


def _move(orders: Sequence[Order], *, to: OrderStatus, announce: Signal) -> None:
    if not orders:
        return
    ids = [order.pk for order in orders]
    now = timezone.now()
    Order.objects.filter(pk__in=ids, status__in=LEGAL_FROM[to]).update(
        **{"status": to, f"{to.lower()}_at": now, "updated_at": now}
    )
    announce.send(sender=Order, order_ids=ids, occurrence="")


def _address(order: Order, parcel: Parcel | None) -> None:
    if parcel:
        order.courier = parcel.courier
        order.tracking_number = parcel.tracking_number
        order.tracking_url = parcel.tracking_url
    order.courier = order.courier or couriers.HOUSE_COURIER
    order.tracking_number = order.tracking_number or couriers.issue_awb(order_id=order.pk)
    order.tracking_url = order.tracking_url or couriers.tracking_page(
        courier=order.courier, awb=order.tracking_number
    )
