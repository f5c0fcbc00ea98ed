"""What happens to orders to suppliers: sent by WhatsApp, then confirmed by the supplier."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from cypher_erp.suppliers.errors import SupplierOrderMoveError
from cypher_erp.suppliers.models import SupplierOrder, SupplierOrderStatus
from whatsapp.services import orders as whatsapp_orders


def send_by_whatsapp(*, supplier_order_id: int, user_id: int | None = None) -> None:
    """Send a draft to its supplier; ``mark_sent`` follows with the message, see ``adapters``.

    Raises SupplierOrderMoveError when it is no draft, and the WhatsAppError of whatever forbids
    the message: no phone, no template, a number that does not exist.
    """
    order = SupplierOrder.objects.get(pk=supplier_order_id)
    _require(order, at=SupplierOrderStatus.DRAFT)
    whatsapp_orders.send_supplier_order(supplier_order_id=order.pk, user_id=user_id)


def mark_sent(*, supplier_order_id: int) -> None:
    """Record that it is on its way: a draft becomes SENT, any other stays as it is."""
    drafts = SupplierOrder.objects.filter(pk=supplier_order_id, status=SupplierOrderStatus.DRAFT)
    drafts.update(status=SupplierOrderStatus.SENT, sent_at=timezone.now())


def confirm(*, supplier_order_ids: Iterable[int]) -> None:
    """Record that suppliers agreed; SupplierOrderMoveError undoes all if one was not sent."""
    with transaction.atomic():
        for order_id in sorted(set(supplier_order_ids)):
            order = _lock(order_id, at=SupplierOrderStatus.SENT)
            order.status = SupplierOrderStatus.CONFIRMED
            order.confirmed_at = timezone.now()
            order.save(update_fields=["status", "confirmed_at"])


def _lock(supplier_order_id: int, *, at: SupplierOrderStatus) -> SupplierOrder:
    order = SupplierOrder.objects.select_for_update().get(pk=supplier_order_id)
    _require(order, at=at)
    return order


def _require(order: SupplierOrder, *, at: SupplierOrderStatus) -> None:
    if order.status != at:
        raise SupplierOrderMoveError(number=order.number, status=order.status, expected=at)
