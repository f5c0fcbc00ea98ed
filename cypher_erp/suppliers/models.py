"""Suppliers, and what the shop orders from them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cypher_erp.customers.models import Language
from cypher_erp.numbering import next_number


class Supplier(models.Model):
    name = models.CharField(_("name"), max_length=200)
    contact_name = models.CharField(_("contact person"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    email = models.EmailField(_("email"), blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.RO
    )
    vat_id = models.CharField(_("VAT id (CUI)"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        db_table = "suppliers"
        ordering = ["name", "id"]
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")

    def __str__(self) -> str:
        return self.name


class SupplierOrderStatus(models.TextChoices):
    DRAFT = "DRAFT", pgettext_lazy("supplier order", "Draft")
    SENT = "SENT", pgettext_lazy("supplier order", "Sent")
    CONFIRMED = "CONFIRMED", pgettext_lazy("supplier order", "Confirmed")


class SupplierOrder(models.Model):
    """What the shop asks a supplier for. ``suppliers.services`` moves ``status``."""

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, related_name="orders", verbose_name=_("supplier")
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=SupplierOrderStatus.choices,
        default=SupplierOrderStatus.DRAFT,
        editable=False,
    )
    notes = models.TextField(_("notes"), blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)

    class Meta:
        db_table = "supplier_orders"
        ordering = ["-created_at", "-id"]
        verbose_name = _("supplier order")
        verbose_name_plural = _("supplier orders")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=SupplierOrderStatus.values),
                name="supplier_orders_status_known",
            )
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            if not self.number:
                year = timezone.localdate(self.created_at).year
                self.number = next_number(model=SupplierOrder, letter="F", year=year)
            super().save(*args, **kwargs)


class SupplierOrderLine(models.Model):
    order = models.ForeignKey(SupplierOrder, on_delete=models.CASCADE, related_name="lines")
    code = models.CharField(_("code"), max_length=40, blank=True)
    name = models.CharField(_("product"), max_length=200)
    quantity = models.DecimalField(
        _("quantity"),
        max_digits=12,
        decimal_places=3,
        validators=[MinValueValidator(Decimal("0.001"))],
    )
    unit = models.CharField(_("unit"), max_length=10, default="buc")

    class Meta:
        db_table = "supplier_order_lines"
        ordering = ["id"]
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="supplier_order_lines_quantity_positive"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} {self.unit} {self.name}"
