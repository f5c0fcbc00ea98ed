"""Rows of the ERP."""

from __future__ import annotations

from decimal import Decimal

import factory

from cypher_erp.customers.models import Customer
from cypher_erp.notifications.models import Notification
from cypher_erp.orders.models import Order, OrderLine
from cypher_erp.quotes.models import Quote, QuoteLine
from cypher_erp.staff.models import User
from cypher_erp.suppliers.models import Supplier, SupplierOrder, SupplierOrderLine


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    language = "en"


class CustomerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Customer

    name = "Ioana Mureșan"
    phone = factory.Sequence(lambda n: f"0700 10{n:04d}")
    email = factory.Sequence(lambda n: f"client{n}@exemplu.ro")


class OrderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Order

    customer = factory.SubFactory(CustomerFactory)


class OrderLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OrderLine

    order = factory.SubFactory(OrderFactory)
    name = "Scaun ergonomic"
    quantity = Decimal(2)
    unit_price = Decimal("845.50")


class QuoteFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Quote

    customer = factory.SubFactory(CustomerFactory)


class QuoteLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = QuoteLine

    quote = factory.SubFactory(QuoteFactory)
    name = "Birou reglabil"
    quantity = Decimal(1)
    unit_price = Decimal("1499.00")


class SupplierFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Supplier

    name = "Depozitul de Hârtie SA"
    phone = "0700 200 201"


class SupplierOrderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SupplierOrder

    supplier = factory.SubFactory(SupplierFactory)


class SupplierOrderLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SupplierOrderLine

    order = factory.SubFactory(SupplierOrderFactory)
    code = "HRT-A4-80"
    name = "Hârtie copiator A4"
    quantity = Decimal("12.5")
    unit = "top"


class NotificationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Notification

    key = factory.Sequence(lambda n: f"sla:{n}")
    subject = "A customer waits for an answer"
