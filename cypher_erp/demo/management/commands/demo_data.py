"""``manage.py demo_data``: a small shop to play with. A second run changes nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from cypher_erp.demo import documents, people
from cypher_erp.orders.models import Order
from cypher_erp.quotes.models import Quote
from cypher_erp.suppliers.models import SupplierOrder


class Command(BaseCommand):
    help = "Add 3 staff, 20 customers, 40 orders, 8 quotes and 3 suppliers, unless they are there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--password",
            action="append",
            default=[],
            metavar="USER:PASSWORD",
            help="a password other than the user's own name; may be repeated",
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        people.add_staff(passwords=_passwords(options["password"]))
        customers = people.add_customers()
        suppliers = people.add_suppliers()
        if not Order.objects.filter(customer__in=customers).exists():
            documents.add_orders(customers=customers, now=now)
        if not Quote.objects.filter(customer__in=customers).exists():
            documents.add_quotes(customers=customers, now=now)
        if not SupplierOrder.objects.filter(supplier__in=suppliers).exists():
            documents.add_supplier_orders(suppliers=suppliers, now=now)
        self.stdout.write("The demo's data is in place.")


def _passwords(given: list[str]) -> dict[str, str]:
    pairs = [text.partition(":") for text in given]
    if not all(name and password for name, _colon, password in pairs):
        raise CommandError("Write --password as USER:PASSWORD.")
    return {name: password for name, _colon, password in pairs}
