"""Who answers, and who is answered: colleagues, and the customer behind a contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import get_language

from whatsapp.domain.formats import money
from whatsapp.models import Contact, Conversation, Message, OrderNotice
from whatsapp.ports import CustomerRecord, OrderRecord, SupplierOrderRecord
from whatsapp.wiring import customer_directory, order_book

ORDERS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderCard:
    """An order of the customer with what they were told about it."""

    order: OrderRecord
    notices: tuple[OrderNotice, ...]

    @property
    def total(self) -> str:
        return money(self.order.total, currency=self.order.currency, language=get_language() or "")


def name_of(user: AbstractBaseUser) -> str:
    """Say what colleagues call somebody: the full name where the host's users have one."""
    return getattr(user, "get_full_name", str)() or str(user) if user else ""


def customer_of(contact: Contact) -> CustomerRecord | None:
    """Ask the ERP who this is."""
    if contact.customer_id is None:
        return None
    return customer_directory().find_by_id(contact.customer_id)


def supplier_order_of(conversation: Conversation) -> SupplierOrderRecord | None:
    """Ask the ERP for the order to a supplier that this contact was sent last, if there is one."""
    rows = Message.objects.filter(contact=conversation.contact_id, supplier_order__isnull=False)
    newest = rows.sent().order_by("-id").values_list("supplier_order_id", flat=True).first()
    return order_book().find_supplier_order(newest) if newest is not None else None


def orders_of(customer_id: int | None) -> list[OrderCard]:
    """Ask the ERP for the customer's newest orders, and add their notices."""
    if customer_id is None:
        return []
    orders: Sequence[OrderRecord] = order_book().find_by_customer_id(customer_id, limit=ORDERS)
    rows = OrderNotice.objects.filter(order_id__in=[order.id for order in orders])
    told: dict[int, list[OrderNotice]] = {}
    for notice in rows.select_related("message", "rule").order_by("id"):
        told.setdefault(notice.order_id or 0, []).append(notice)
    return [OrderCard(order=order, notices=tuple(told.get(order.id, ()))) for order in orders]
