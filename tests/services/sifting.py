"""A sender's claim and its sieve."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from cypher_erp.orders.models import Order
from tests.erp.factories import OrderFactory
from tests.factories import BusinessNumberFactory, OutboxItemFactory
from whatsapp.models import OrderNotice
from whatsapp.ports import OrderRecord
from whatsapp.services.outgoing import outbox, sender_lease
from whatsapp.services.sending.sieve import Sieve


def notice_of(outside, *, is_cancelled: bool = False) -> OrderNotice:
    """A notice whose message is queued; its order as the ERP knows it by now."""
    order: Order = OrderFactory()
    outside.orders.add(
        OrderRecord(
            id=order.pk,
            number=order.number,
            customer_id=order.customer_id,
            status="CANCELLED" if is_cancelled else "CONFIRMED",
            total=Decimal(1),
            is_cancelled=is_cancelled,
        )
    )
    item = OutboxItemFactory(priority=1, message__order_id=order.pk)
    return OrderNotice.objects.create(
        order=order, event="order_confirmed", decision="sent", message=item.message
    )


class Filtering:
    """A sender's lease, what it claimed and its sieve."""

    def __init__(self) -> None:
        self.lease = sender_lease.elect(number_id=BusinessNumberFactory().pk)
        self.claimed = outbox.claim(lease=self.lease, limit=100)
        self.sieve = Sieve(lease=self.lease)

    def sift(self) -> list[int]:
        """The messages that may leave."""
        ready = self.sieve.sift(self.claimed, now=timezone.now())
        return [item.message_id for item in ready]

    def let_go(self) -> None:
        sender_lease.release(self.lease, departures=[])


def sift() -> list[int]:
    filtering = Filtering()
    ready = filtering.sift()
    filtering.let_go()
    return ready


def around_now(settings) -> datetime:
    """Make the present quiet; return the end of it, in whole minutes."""
    start, end = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=2)
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "QUIET_HOURS": f"{start:%H:%M}-{end:%H:%M} UTC",
    }
    return end.replace(second=0, microsecond=0)
