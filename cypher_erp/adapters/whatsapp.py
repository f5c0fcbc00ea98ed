"""How the ERP fits ``whatsapp.ports``; nothing else of the ERP knows that they exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from cypher_erp.customers.models import Customer, CustomerQuerySet
from cypher_erp.customers.phone import to_e164
from cypher_erp.notifications import mails
from cypher_erp.notifications import services as notifications
from cypher_erp.orders.models import Order, OrderLine, OrderStatus
from cypher_erp.quotes import services as quotes
from cypher_erp.quotes.models import Quote
from cypher_erp.suppliers.models import SupplierOrder
from whatsapp.ports import (
    CustomerNotice,
    CustomerRecord,
    OrderRecord,
    QuoteRecord,
    StaffNotice,
    SupplierOrderLine,
    SupplierOrderRecord,
)

SUBJECTS = {
    "ro": "Comanda dumneavoastră {number}",
    "en": "Your order {number}",
    "hu": "Az Ön {number} számú rendelése",
}


class Counted(TypedDict):
    """What is counted beside an order."""

    line_count: int


class ErpCustomerDirectory:
    """``CustomerDirectory`` on the ERP's customers."""

    def find_by_id(self, customer_id: int) -> CustomerRecord | None:
        return _the_only(Customer.objects.filter(pk=customer_id))

    def find_by_ids(self, customer_ids: Iterable[int]) -> Sequence[CustomerRecord]:
        return [_customer(row) for row in Customer.objects.filter(pk__in=set(customer_ids))]

    def find_by_phone(self, *phones: str) -> CustomerRecord | None:
        return _the_only(Customer.objects.all().with_phone(*phones))

    def find_by_phones(self, phones: Iterable[str]) -> Mapping[str, CustomerRecord]:
        given = {e164: phone for phone in phones if (e164 := to_e164(phone))}
        found: dict[str, list[Customer]] = {}
        for row in Customer.objects.filter(phone_e164__in=given):
            found.setdefault(given[row.phone_e164], []).append(row)
        return {phone: _customer(rows[0]) for phone, rows in found.items() if len(rows) == 1}

    def find_by_email(self, email: str) -> CustomerRecord | None:
        return _the_only(Customer.objects.all().with_email(email))

    def search(self, text: str, *, limit: int) -> Sequence[int]:
        found = Customer.objects.all().called(text).order_by("-pk")
        return list(found.values_list("pk", flat=True)[:limit])


class ErpOrderBook:
    """``OrderBook`` on the ERP's orders, supplier orders and quotes."""

    def find_by_id(self, order_id: int) -> OrderRecord | None:
        row = _orders().filter(pk=order_id).first()
        return _order(row) if row else None

    def find_by_ids(self, order_ids: Iterable[int]) -> Sequence[OrderRecord]:
        return [_order(row) for row in _orders().filter(pk__in=set(order_ids))]

    def find_by_customer_id(self, customer_id: int, *, limit: int = 20) -> Sequence[OrderRecord]:
        return [_order(row) for row in _orders().filter(customer_id=customer_id)[:limit]]

    def find_by_status(self, status: str, *, limit: int = 100) -> Sequence[OrderRecord]:
        return [_order(row) for row in _orders().filter(status=status.upper())[:limit]]

    def find_newest(self, *, limit: int) -> Sequence[OrderRecord]:
        return [_order(row) for row in _orders()[:limit]]

    def find_supplier_order(self, supplier_order_id: int) -> SupplierOrderRecord | None:
        orders = SupplierOrder.objects.select_related("supplier").prefetch_related("lines")
        row = orders.filter(pk=supplier_order_id).first()
        return _supplier_order(row) if row else None

    def find_quote(self, quote_id: int) -> QuoteRecord | None:
        row = Quote.objects.prefetch_related("lines").filter(pk=quote_id).first()
        return _quote(row) if row else None

    def search(self, text: str, *, limit: int) -> Sequence[int]:
        found = Order.objects.all().numbered(text).order_by("-pk")
        return list(found.values_list("pk", flat=True)[:limit])


class ErpCustomerNotifier:
    """``CustomerNotifier`` by email, on the ERP's notifications."""

    def notify(self, notice: CustomerNotice) -> str:
        email = notice.customer.email.strip()
        if not email:
            return ""
        mails.queue_mail(
            key=notice.key,
            customer_id=notice.customer.id,
            address=email,
            subject=SUBJECTS[_language(notice)].format(number=notice.order.number),
            body=notice.text,
        )
        return "email"


class ErpStaffNotifier:
    """``StaffNotifier`` on the ERP's notifications."""

    def notify(self, notice: StaffNotice) -> None:
        notifications.notify(
            key=notice.key,
            subject=notice.subject,
            body=notice.body,
            level=notice.level,
            user_ids=notice.user_ids,
            url=notice.url,
        )


def _language(notice: CustomerNotice) -> str:
    code = (notice.language or notice.customer.language)[:2].lower()
    return code if code in SUBJECTS else "ro"


def _the_only(customers: CustomerQuerySet) -> CustomerRecord | None:
    """Give the customer, or None where two share a number: a guess would show one the other's."""
    rows = list(customers[:2])
    return _customer(rows[0]) if len(rows) == 1 else None


def _customer(row: Customer) -> CustomerRecord:
    return CustomerRecord(
        id=row.pk,
        name=row.name,
        phone=row.phone,
        email=row.email,
        language=row.language,
        url=reverse("admin:customers_customer_change", args=[row.pk]),
        group=row.group,
        extra={"contact_name": row.contact_name, "city": row.city},
    )


def _orders() -> QuerySet[WithAnnotations[Order, Counted]]:
    """Give the orders with their numbers of lines, counted for those that are read only."""
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
    counted = lines.annotate(count=Count("*")).values("count")
    orders: QuerySet[Order] = Order.objects.all()
    return orders.annotate(line_count=Coalesce(Subquery(counted), 0))


def _order(row: WithAnnotations[Order, Counted]) -> OrderRecord:
    return OrderRecord(
        id=row.pk,
        number=row.number,
        customer_id=row.customer_id,
        status=row.status,
        total=row.total,
        courier=row.courier,
        tracking_number=row.tracking_number,
        tracking_url=row.tracking_url,
        is_cancelled=row.status == OrderStatus.CANCELLED,
        placed_at=row.placed_at,
        url=reverse("admin:orders_order_change", args=[row.pk]),
        line_count=row.line_count,
        contact_name=row.contact_name,
        contact_phone=row.contact_phone,
    )


def _quote(row: Quote) -> QuoteRecord:
    return QuoteRecord(
        id=row.pk,
        number=row.number,
        customer_id=row.customer_id,
        total=row.total,
        valid_until=row.valid_until_date,
        is_open=quotes.is_open(row),
        url=reverse("admin:quotes_quote_change", args=[row.pk]),
        version=quotes.version_of(row),
    )


def _supplier_order(row: SupplierOrder) -> SupplierOrderRecord:
    return SupplierOrderRecord(
        id=row.pk,
        number=row.number,
        supplier_name=row.supplier.name,
        supplier_phone=row.supplier.phone,
        language=row.supplier.language,
        lines=tuple(
            SupplierOrderLine(
                name=line.name, quantity=line.quantity, unit=line.unit, code=line.code
            )
            for line in row.lines.all()
        ),
        notes=row.notes,
        url=reverse("admin:suppliers_supplierorder_change", args=[row.pk]),
    )


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from whatsapp.ports import CustomerDirectory, CustomerNotifier, OrderBook, StaffNotifier

    directory: type[CustomerDirectory] = ErpCustomerDirectory
    order_book: type[OrderBook] = ErpOrderBook
    staff_notifier: type[StaffNotifier] = ErpStaffNotifier
    customer_notifier: type[CustomerNotifier] = ErpCustomerNotifier
