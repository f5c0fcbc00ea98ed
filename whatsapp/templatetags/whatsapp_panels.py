"""Panels for the ERP's own pages of an order, a quote, an order to a supplier and a customer.

``{% load whatsapp_panels %}{% whatsapp_order_panel original.pk %}``: what the reader was told and
sent, and how far it came, the last words of the conversation, the way to write. Nothing at all is
shown while the module is off, or to who may not read conversations.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode

from whatsapp.conf import whatsapp_settings
from whatsapp.domain import phone as phones
from whatsapp.domain.amendments import UNTOUCHED
from whatsapp.domain.documents import DocumentKind
from whatsapp.errors import InvalidPhoneError
from whatsapp.models import Conversation, Message, OrderNotice
from whatsapp.models.message import AMENDMENTS
from whatsapp.ports import OrderRecord
from whatsapp.services.contacts import identities
from whatsapp.services.dialogue import amendments
from whatsapp.services.shared import visibility
from whatsapp.templatetags.papers import Paper, paper_of
from whatsapp.wiring import customer_directory, order_book

register = template.Library()

PERMISSIONS = ("whatsapp.view_conversation", "whatsapp.view_message", "whatsapp.view_ordernotice")
LAST_MESSAGES = 3
LAST_ORDERS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """What a page of the ERP shows of WhatsApp."""

    conversation: Conversation | None
    messages: Sequence[Message]
    write_url: str  # '' where nobody can be written to, or the user may not
    page: str  # where the panel stands
    told: Sequence[tuple[OrderRecord, Sequence[OrderNotice]]] | None = None  # None: not of orders
    papers: Sequence[Paper] = ()
    is_supplier: bool = False


@register.inclusion_tag("admin/whatsapp/panels/panel.html", takes_context=True)
def whatsapp_order_panel(context: Context, order_id: int | None) -> dict[str, Panel | None]:
    """Show what the customer was told about an order, and the conversation."""
    order = order_book().find_by_id(order_id) if order_id and _may_look(context) else None
    if order is None:
        return {"panel": None}
    papers = [
        paper_of(context, kind, order.id) for kind in (DocumentKind.ORDER, DocumentKind.INVOICE)
    ]
    panel = _panel(context, customer_id=order.customer_id, orders=[order], order=order)
    return {"panel": replace(panel, papers=papers)}


@register.inclusion_tag("admin/whatsapp/panels/panel.html", takes_context=True)
def whatsapp_quote_panel(context: Context, quote_id: int | None) -> dict[str, Panel | None]:
    """Show how far a quote came, what the customer answered, and the conversation."""
    quote = order_book().find_quote(quote_id) if quote_id and _may_look(context) else None
    if quote is None:
        return {"panel": None}
    panel = _panel(context, customer_id=quote.customer_id)
    return {"panel": replace(panel, papers=[paper_of(context, DocumentKind.QUOTE, quote.id)])}


@register.inclusion_tag("admin/whatsapp/panels/panel.html", takes_context=True)
def whatsapp_supplier_order_panel(
    context: Context, supplier_order_id: int | None
) -> dict[str, Panel | None]:
    """Show how far an order to a supplier came, and the conversation with the supplier."""
    may_look = bool(supplier_order_id) and _may_look(context)
    order = order_book().find_supplier_order(supplier_order_id or 0) if may_look else None
    if order is None:
        return {"panel": None}
    conversation = _conversation_with(order.supplier_phone, user=context["request"].user)
    return {
        "panel": Panel(
            conversation=conversation,
            messages=_last_messages(conversation) if conversation else (),
            write_url=_conversation_url(context, conversation) if conversation else "",
            page=context["request"].get_full_path(),
            papers=[paper_of(context, DocumentKind.SUPPLIER_ORDER, order.id)],
            is_supplier=True,
        )
    }


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
    orders: Sequence[OrderRecord] | None = None,
    order: OrderRecord | None = None,
) -> Panel:
    seen = visibility.visible_conversations(user=context["request"].user)
    conversations = seen.for_inbox().filter(contact__customer=customer_id)
    conversation = conversations.live().first()
    return Panel(
        told=None if orders is None else _told(orders),
        conversation=conversation,
        messages=_last_messages(conversation) if conversation else (),
        write_url=_write_url(context, customer_id, conversation, order),
        page=context["request"].get_full_path(),
    )


def _conversation_with(phone: str, *, user: Any) -> Conversation | None:
    """Find the newest conversation, archived or not, with whoever has this number."""
    with suppress(InvalidPhoneError):
        e164 = phones.normalize(phone, region=whatsapp_settings().phone_region)
        contact = identities.holder_of(wa_id=phones.digits(e164))
        seen = visibility.visible_conversations(user=user)
        rows = seen.for_inbox().filter(contact=contact) if contact else None
        return rows.order_by("-last_message_at", "-id").first() if rows is not None else None
    return None


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
    if conversation is not None:
        return _conversation_url(context, conversation)
    if not _may_send(context):
        return ""
    customer = customer_directory().find_by_id(customer_id)
    if customer is None or not customer.phone:
        return ""
    about = {"customer": customer_id, **({"order": order.id} if order else {})}
    return f"{reverse('admin:whatsapp_desk_start')}?{urlencode(about)}"


def _conversation_url(context: Context, conversation: Conversation) -> str:
    page = reverse("admin:whatsapp_conversation_change", args=[conversation.pk])
    return page if _may_send(context) else ""


def _may_send(context: Context) -> bool:
    return bool(context["request"].user.has_perm("whatsapp.send_message"))
