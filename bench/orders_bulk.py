"""What 10,000 order events in one import cost the ERP, with the module on and off, in turn."""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median

from django.db import connection

from bench.figures import Figure, at_most, noted
from bench.orders_import import ORDERS
from bench.system import System
from cypher_erp.customers.models import Customer
from cypher_erp.orders import signals
from cypher_erp.orders.models import Order
from dev.servers import ROOT
from whatsapp.models import OrderNotice

ROUNDS = 7
SLOWER = 1.10  # the ERP's work with us, over its work without
EMPTY = "TRUNCATE orders, order_lines, whatsapp_order_notices RESTART IDENTITY CASCADE"


def run(system: System) -> list[Figure]:
    """Seconds of the import and its confirmation, on over off; notices after it, and once more."""
    Customer.objects.bulk_create(
        [Customer(name=f"Client {n}", phone=f"0720{n:06}") for n in range(500)]
    )
    rounds = [_turn(system, first="on" if n % 2 else "off") for n in range(ROUNDS)]
    wrong, doubled = _announce_again()
    calls = sum(len(each["on"]["calls"]) for each in rounds)
    return [
        _slower(rounds, "import", name="orders_bulk", goal=SLOWER),
        _slower(rounds, "confirm", name="orders_bulk_confirm", goal=None),
        at_most("orders_bulk_calls", calls, "network calls in the import", goal=0),
        at_most("orders_bulk_wrong", wrong, f"notices off {ORDERS:,}", goal=0),
        at_most("orders_bulk_doubled", doubled, "notices more, announced again", goal=0),
    ]


def _turn(system: System, *, first: str) -> dict[str, dict[str, object]]:
    """Import with and without; who comes first changes from round to round."""
    modes = sorted(("off", "on"), key=lambda mode: mode != first)
    return {mode: _once(system, enabled=mode == "on") for mode in modes}


def _once(system: System, *, enabled: bool) -> dict[str, object]:
    """One import in a fresh process, on empty tables."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)
        cursor.execute("CHECKPOINT")
    environment = {**system.environment, "ENABLE_WHATSAPP_MODULE": str(enabled).lower()}
    ended = subprocess.run(
        [sys.executable, "-m", "bench.orders_import"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, object] = json.loads(ended.stdout.splitlines()[-1])
    expected = Order.objects.count() if enabled else 0
    assert OrderNotice.objects.count() == expected, ended.stderr
    return told


def _slower(
    rounds: list[dict[str, dict[str, object]]], what: str, *, name: str, goal: float | None
) -> Figure:
    seconds = {mode: [float(str(each[mode][what])) for each in rounds] for mode in ("off", "on")}
    ratio = median(on / off for on, off in zip(seconds["on"], seconds["off"], strict=True))
    against = f"module off: {median(seconds['off']):.2f} s"
    if goal is None:
        return noted(name, ratio, "× of the confirmation alone", against=against)
    return at_most(name, median(seconds["on"]), "s", goal=goal, ratio=ratio, against=against)


def _announce_again() -> tuple[int, int]:
    """How far the notices of the last import are from one per order, and how many come again."""
    ids = list(Order.objects.filter(number__startswith="B-").values_list("pk", flat=True))
    notices = OrderNotice.objects.filter(order_id__in=ids, event="order_confirmed")
    before = notices.count()
    signals.order_confirmed.send(sender=Order, order_ids=ids, occurrence="")
    return abs(before - ORDERS), notices.count() - before
