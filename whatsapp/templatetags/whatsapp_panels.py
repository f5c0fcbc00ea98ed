"""Panels for the ERP's own pages of an order and of a customer.

``{% load whatsapp_panels %}{% whatsapp_order_panel original.pk %}``: what the customer was told and
how far it came, the last words of the conversation, the way to write. Nothing at all is shown while
the module is off, or to who may not read conversations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.amendments import UNTOUCHED
from whatsapp.models import Conversation, Message, OrderNotice
from whatsapp.models.message import AMENDMENTS
from whatsapp.ports import OrderRecord
from whatsapp.services import amendments
from whatsapp.wiring import customer_directory, order_book

register = template.Library()

PERMISSIONS = ("whatsapp.view_conversation", "whatsapp.view_message", "whatsapp.view_ordernotice")
LAST_MESSAGES = 3
LAST_ORDERS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """What a page of the ERP shows of WhatsApp."""

    told: Sequence[tuple[OrderRecord, Sequence[OrderNotice]]]
    conversation: Conversation | None
    messages: Sequence[Message]
    write_url: str  # '' where nobody can be written to, or the user may not


@register.inclusion_tag("admin/whatsapp/panels/panel.html", takes_context=True)
def whatsapp_order_panel(context: Context, order_id: int | None) -> dict[str, Panel | None]:
    """Show what the customer was told about an order, and the conversation."""
    order = order_book().find_by_id(order_id) if order_id and _may_look(context) else None
    if order is None:
        return {"panel": None}
    return {"panel": _panel(context, customer_id=order.customer_id, orders=[order], order=order)}


@register.inclusion_tag("admin/whatsapp/panels/panel.html", takes_context=True)
def whatsapp_customer_panel(context: Context, customer_id: int | None) -> dict[str, Panel | None]:
    """Show the conversation with a customer, and what they were told about their last orders."""
    if not customer_id or not _may_look(context):
        return {"panel": None}
    orders = order_book().find_by_customer_id(customer_id, limit=LAST_ORDERS)
    return {"panel": _panel(context, customer_id=customer_id, orders=orders)}


def _may_look(context: Context) -> bool:
    user = context["request"].user if "request" in context else None
    return whatsapp_settings().enabled and user is not None and user.has_perms(PERMISSIONS)


def _panel(
    context: Context,
    *,
    customer_id: int,
    orders: Sequence[OrderRecord],
    order: OrderRecord | None = None,
) -> Panel:
    conversations = Conversation.objects.for_inbox().filter(contact__customer=customer_id)
    conversation = conversations.live().first()
    return Panel(
        told=_told(orders),
        conversation=conversation,
        messages=_last_messages(conversation) if conversation else (),
        write_url=_write_url(context, customer_id, conversation, order),
    )


def _told(orders: Sequence[OrderRecord]) -> list[tuple[OrderRecord, list[OrderNotice]]]:
    """Pair each order with its notices, in the order they happened; those without are left out."""
    rows = OrderNotice.objects.filter(order_id__in=[order.id for order in orders])
    told: dict[int, list[OrderNotice]] = {}
    for notice in rows.select_related("message", "rule").order_by("id"):
        told.setdefault(notice.order_id or 0, []).append(notice)
    return [(order, told[order.id]) for order in orders if order.id in told]


def _last_messages(conversation: Conversation) -> list[Message]:
    rows = Message.objects.thread(conversation.pk).exclude(message_type__in=AMENDMENTS)
    shown = list(rows.standing().select_related("user")[:LAST_MESSAGES])[::-1]
    became = amendments.of(shown)
    for message in shown:
        message.message_text = became.get(message.pk, UNTOUCHED).text(message.message_text)
    return shown


def _write_url(
    context: Context,
    customer_id: int,
    conversation: Conversation | None,
    order: OrderRecord | None,
) -> str:
    """Where to write: the conversation, else a page that begins one with a template."""
    if not context["request"].user.has_perm("whatsapp.send_message"):
        return ""
    if conversation is not None:
        return reverse("admin:whatsapp_conversation_change", args=[conversation.pk])
    customer = customer_directory().find_by_id(customer_id)
    if customer is None or not customer.phone:
        return ""
    about = {"customer": customer_id, **({"order": order.id} if order else {})}
    return f"{reverse('admin:whatsapp_desk_start')}?{urlencode(about)}"
