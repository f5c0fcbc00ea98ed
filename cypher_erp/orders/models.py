"""Customers' orders."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cypher_erp.numbering import next_number
from cypher_erp.pricing import PricedDocument, PricedLine


class OrderStatus(models.TextChoices):
    NEW = "NEW", pgettext_lazy("order", "New")
    CONFIRMED = "CONFIRMED", pgettext_lazy("order", "Confirmed")
    SHIPPED = "SHIPPED", pgettext_lazy("order", "Shipped")
    DELIVERED = "DELIVERED", pgettext_lazy("order", "Delivered")
    CANCELLED = "CANCELLED", pgettext_lazy("order", "Cancelled")


_NUMBER = re.compile(r"(?<!\w)([A-Z])-?(\d{4})-(\d{1,8})(?!\w)")
_WIDEST = 8  # digits of a number's count
_SHORTEST_PART = 4  # of a number; less would mean nearly every order


class OrderQuerySet(models.QuerySet["Order"]):
    def numbered(self, text: str) -> OrderQuerySet:
        """Those whose number people may mean: as it is, without zeros, or a part of it."""
        text = text.upper()
        if whole := _NUMBER.search(text):
            letter, year, place = whole.groups()
            spelt = {f"{letter}-{year}-{int(place):0{width}}" for width in range(1, _WIDEST + 1)}
            return self.filter(number__in=spelt)
        part = text.strip().lstrip("#")
        return self.filter(number__contains=part) if len(part) >= _SHORTEST_PART else self.none()


class Order(PricedDocument):
    """What a customer bought. Only ``orders.services`` moves ``status``; NEW is where it starts."""

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        related_name="orders",
        verbose_name=_("customer"),
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=OrderStatus.choices,
        default=OrderStatus.NEW,
        editable=False,
    )
    contact_name = models.CharField(_("received by"), max_length=200, blank=True)
    contact_phone = models.CharField(_("receiver's phone"), max_length=32, blank=True)
    courier = models.CharField(_("courier"), max_length=60, blank=True)
    tracking_number = models.CharField(_("AWB"), max_length=60, blank=True)
    tracking_url = models.URLField(_("tracking page"), blank=True)
    notes = models.TextField(_("notes"), blank=True)
    placed_at = models.DateTimeField(_("placed at"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)
    shipped_at = models.DateTimeField(_("shipped at"), null=True, editable=False)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, editable=False)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        db_table = "orders"
        ordering = ["-placed_at", "-id"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes = [
            models.Index(fields=["customer", "-placed_at"], name="orders_of_customer"),
            models.Index(fields=["status", "-placed_at"], name="orders_by_status"),
            GinIndex(fields=["number"], opclasses=["gin_trgm_ops"], name="orders_number_parts"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=OrderStatus.values), name="orders_status_known"
            ),
            models.CheckConstraint(condition=models.Q(total__gte=0), name="orders_total_positive"),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            if not self.number:
                year = timezone.localdate(self.placed_at).year
                self.number = next_number(model=Order, letter="C", year=year)
            super().save(*args, **kwargs)


class OrderLine(PricedLine):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")

    class Meta:
        db_table = "order_lines"
        ordering = ["id"]
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, unit_price__gte=0, vat_rate__gte=0),
                name="order_lines_amounts_positive",
            )
        ]
