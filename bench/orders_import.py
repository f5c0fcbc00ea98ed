"""One import of orders as an ERP makes it, in a process of its own.

The environment says whether the module is on. Prints the seconds as JSON, of the import and of the
confirmation in it, and the network calls that Python made in the importing thread.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from decimal import Decimal
from typing import Any

import django

ORDERS, LINES, WARM = 10_000, 2, 500
REST = 2.0  # seconds; the first wake-up of a process loads Celery, in a thread of its own
NETWORK = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")


class Network:
    """Counts what this thread asks of the network; PostgreSQL's own library is not Python's."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._thread: threading.Thread | None = None
        sys.addaudithook(self._hear)

    def __enter__(self) -> Network:
        self._thread = threading.current_thread()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread = None

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in NETWORK and threading.current_thread() is self._thread:
            self.calls.append(event)


def import_orders(count: int, *, prefix: str) -> float:
    """Write orders with their lines and confirm them, in one transaction; time the confirmation."""
    from django.db import transaction

    from cypher_erp.customers.models import Customer
    from cypher_erp.orders import services
    from cypher_erp.orders.models import Order, OrderLine

    customers = list(Customer.objects.all())
    with transaction.atomic():
        orders = Order.objects.bulk_create(
            [
                Order(
                    number=f"{prefix}-{n:05}",
                    customer=customers[n % len(customers)],
                    total=Decimal("243.90"),
                )
                for n in range(count)
            ]
        )
        OrderLine.objects.bulk_create(
            [
                OrderLine(
                    order=order,
                    name=f"Hârtie copiator {line}",
                    quantity=2,
                    unit_price=Decimal("60.97"),
                    vat_rate=21,
                )
                for order in orders
                for line in range(LINES)
            ]
        )
        started = time.perf_counter()
        services.confirm(order_ids=[order.pk for order in orders])
        return time.perf_counter() - started


def main() -> None:
    django.setup()
    network = Network()
    import_orders(WARM, prefix="W")
    time.sleep(REST)
    with network:
        started = time.perf_counter()
        confirmed = import_orders(ORDERS, prefix="B")
        seconds = time.perf_counter() - started
    told = {"import": seconds, "confirm": confirmed, "calls": network.calls}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
