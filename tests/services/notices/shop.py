"""A shop with orders, rules and templates, for tests of notices."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from cypher_erp.customers.models import Customer
from cypher_erp.orders.models import Order
from tests.factories import BusinessNumberFactory, TemplateFactory
from whatsapp.domain.standard_templates import standard_template
from whatsapp.models import NoticeRule, OrderNotice
from whatsapp.services import orders

NUMBERS = itertools.count(1)
PLAIN = ({"type": "BODY", "text": "Comanda {{order_number}} a plecat. O zi bună!"},)


def approved(name, language="ro", **fields):
    """A standard template as Meta approved it; ``plain`` is a shorter one."""
    if name == "plain":
        components = PLAIN
    else:
        components = standard_template(name=name, language=language).components
    return TemplateFactory(
        name=name, language=language, components=[dict(part) for part in components], **fields
    )


def shipping_number():
    """A number that may tell of shipped orders."""
    number = BusinessNumberFactory()
    approved("order_shipped")
    return number


def order_of(*, total="1234.5", courier="", **customer):
    values = {"name": "Ana Pop", "phone": "0712 345 678", "language": "ro", **customer}
    return Order.objects.create(
        customer=Customer.objects.create(**values),
        number=f"C-2026-{next(NUMBERS):05}",
        total=Decimal(total),
        courier=courier,
    )


def rule_of(event="order_shipped", **changes):
    """The first rule of an event, changed."""
    NoticeRule.objects.filter(event=event).update(**changes)
    return NoticeRule.objects.filter(event=event).order_by("position", "id").first()


def another_rule(event="order_shipped", **values):
    first = NoticeRule.objects.filter(event=event).first()
    given = {"name": "Another", "template": event, "parameters": first.parameters, **values}
    return NoticeRule.objects.create(event=event, **given)


def decide(order, event="order_shipped", *, now=None):
    """Announce and decide, as signal and worker would; give the notice."""
    orders.announce(event=event, order_ids=[order.pk])
    orders.decide_due(now=now or timezone.now())
    return OrderNotice.objects.get(order=order, event=event)


def soon():
    return timezone.now() + timedelta(seconds=1)
