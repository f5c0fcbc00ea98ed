"""What happens to orders to suppliers: sent by WhatsApp, then confirmed by the supplier."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from cypher_erp.suppliers.errors import SupplierOrderMoveError
from cypher_erp.suppliers.models import SupplierOrder, SupplierOrderStatus
from whatsapp.services import orders as whatsapp_orders


def send_by_whatsapp(*, supplier_order_id: int, user_id: int | None = None) -> None:
    """Send a draft to its supplier and mark it as sent, both or neither.

    Raises SupplierOrderMoveError when it is no draft, and the WhatsAppError of whatever forbids
    the message: no phone, no template, a number that does not exist.
    """
    with transaction.atomic():
        order = _lock(supplier_order_id, at=SupplierOrderStatus.DRAFT)
        whatsapp_orders.send_supplier_order(supplier_order_id=order.pk, user_id=user_id)
        order.status = SupplierOrderStatus.SENT
        order.sent_at = timezone.now()
        order.save(update_fields=["status", "sent_at"])


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
    if order.status != at:
        raise SupplierOrderMoveError(number=order.number, status=order.status, expected=at)
    return order
