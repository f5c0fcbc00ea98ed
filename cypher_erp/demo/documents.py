"""The demo's orders, quotes and supplier orders: the same each time, dated back from today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cypher_erp.customers.models import Customer
from cypher_erp.demo.tables import read
from cypher_erp.orders import couriers
from cypher_erp.orders.models import Order, OrderLine, OrderStatus
from cypher_erp.quotes.models import Quote, QuoteLine, QuoteStatus
from cypher_erp.suppliers.models import Supplier, SupplierOrder, SupplierOrderLine

# Oldest first: 6 delivered, 5 shipped, 7 confirmed, 2 cancelled, 20 new to play with
ORDER_STATUSES = (
    [OrderStatus.DELIVERED] * 6
    + [OrderStatus.SHIPPED] * 5
    + [OrderStatus.CONFIRMED] * 7
    + [OrderStatus.CANCELLED] * 2
    + [OrderStatus.NEW] * 20
)
QUOTE_STATUSES = list(QuoteStatus) * 2
ROAD = {
    OrderStatus.NEW: (),
    OrderStatus.CONFIRMED: ("confirmed_at",),
    OrderStatus.SHIPPED: ("confirmed_at", "shipped_at"),
    OrderStatus.DELIVERED: ("confirmed_at", "shipped_at", "delivered_at"),
    OrderStatus.CANCELLED: ("cancelled_at",),
}


def add_orders(*, customers: Sequence[Customer], now: datetime) -> None:
    """Write the rows as they would stand by now; the services would tell customers about them."""
    for index, status in enumerate(ORDER_STATUSES):
        placed_at = now - timedelta(hours=9 * (len(ORDER_STATUSES) - index))
        order = Order(customer=_pick(customers, index * 7), status=status, placed_at=placed_at)
        for step, moment in enumerate(ROAD[status], start=1):
            setattr(order, moment, min(now, placed_at + timedelta(hours=20 * step)))
        order.save()
        if order.shipped_at:
            _hand_over(order, courier=_pick(list(couriers.TRACKING_PAGES), index))
        lines = [OrderLine(order=order, **values) for values in _lines(index)]
        OrderLine.objects.bulk_create(lines)
        order.add_up(lines)
        order.save()


def add_quotes(*, customers: Sequence[Customer], now: datetime) -> None:
    for index, status in enumerate(QUOTE_STATUSES):
        created_at = now - timedelta(days=len(QUOTE_STATUSES) - index)
        quote = Quote.objects.create(
            customer=_pick(customers, index * 3 + 1),
            status=status,
            created_at=created_at,
            valid_until_date=created_at.date() + timedelta(days=30),
        )
        lines = [QuoteLine(quote=quote, **values) for values in _lines(index + 5)]
        QuoteLine.objects.bulk_create(lines)
        quote.add_up(lines)
        quote.save()


def add_supplier_orders(*, suppliers: Sequence[Supplier], now: datetime) -> None:
    for index, supplier in enumerate(suppliers):
        order = SupplierOrder.objects.create(
            supplier=supplier,
            created_at=now - timedelta(hours=3 - index),
            notes="Livrare la depozit, luni–vineri, 8:00–16:00.",
        )
        SupplierOrderLine.objects.bulk_create(
            SupplierOrderLine(
                order=order, **{key: line[key] for key in ("code", "name", "unit", "quantity")}
            )
            for line in _lines(index * 4)
        )


def _hand_over(order: Order, *, courier: str) -> None:
    order.courier = courier
    order.tracking_number = couriers.issue_awb(order_id=order.pk)
    order.tracking_url = couriers.tracking_page(courier=courier, awb=order.tracking_number)


def _lines(seed: int) -> list[dict[str, Any]]:
    """One to three products; which and how many follows from ``seed``."""
    products = read("products")
    return [
        _line(_pick(products, seed * 5 + step * 3), quantity=1 + (seed + step * 2) % 5)
        for step in range(1 + seed % 3)
    ]


def _line(product: dict[str, str], *, quantity: int) -> dict[str, Any]:
    prices = {key: Decimal(product[key]) for key in ("unit_price", "vat_rate")}
    return {**product, **prices, "quantity": Decimal(quantity)}


def _pick(rows: Sequence[Any], index: int) -> Any:
    return rows[index % len(rows)]
