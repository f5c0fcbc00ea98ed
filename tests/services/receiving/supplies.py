"""An order of goods, and how it is sent."""

from __future__ import annotations

from decimal import Decimal

from tests.erp.factories import SupplierFactory, SupplierOrderFactory
from whatsapp.services import orders


def order_of(*, lines=1, name="Cafea boabe", **supplier):
    row = SupplierOrderFactory(supplier=SupplierFactory(phone="0700 000 001", **supplier))
    for place in range(lines):
        row.lines.create(name=name, quantity=Decimal(10), unit="buc", code=f"CB{place}")
    return row


def send(row, **more):
    return orders.send_supplier_order(supplier_order_id=row.pk, **more)
