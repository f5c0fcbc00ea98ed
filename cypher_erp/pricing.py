"""Priced lines and their totals, shared by orders and quotes. Amounts are in RON."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

STANDARD_VAT = Decimal("21.00")  # per cent; Law 141/2025, from 1 August 2025
BANI = Decimal("0.01")


def to_bani(amount: Decimal) -> Decimal:
    """Round to two decimals, halves up, as Romanian invoices do."""
    return amount.quantize(BANI, rounding=ROUND_HALF_UP)


class PricedLine(models.Model):
    """So many of something at a net price; VAT is rounded on each line, as e-Factura wants it."""

    code = models.CharField(_("code"), max_length=40, blank=True)
    name = models.CharField(_("product"), max_length=200)
    quantity = models.DecimalField(
        _("quantity"),
        max_digits=12,
        decimal_places=3,
        validators=[MinValueValidator(Decimal("0.001"))],
    )
    unit = models.CharField(_("unit"), max_length=10, default="buc")
    unit_price = models.DecimalField(
        _("net price"), max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    vat_rate = models.DecimalField(
        _("VAT %"),
        max_digits=5,
        decimal_places=2,
        default=STANDARD_VAT,
        validators=[MinValueValidator(Decimal(0))],
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} {self.unit} {self.name}"

    @property
    def net(self) -> Decimal:
        return to_bani(self.quantity * self.unit_price)

    @property
    def vat(self) -> Decimal:
        return to_bani(self.net * self.vat_rate / 100)


class PricedDocument(models.Model):
    """The stored totals of a document, kept by ``add_up`` whenever its lines change."""

    net_total = models.DecimalField(
        _("net"), max_digits=14, decimal_places=2, default=Decimal(0), editable=False
    )
    vat_total = models.DecimalField(
        _("VAT"), max_digits=14, decimal_places=2, default=Decimal(0), editable=False
    )
    total = models.DecimalField(
        _("total"), max_digits=14, decimal_places=2, default=Decimal(0), editable=False
    )

    class Meta:
        abstract = True

    def add_up(self, lines: Iterable[PricedLine]) -> None:
        """Set the totals from the lines; the caller saves."""
        lines = list(lines)
        self.net_total = sum((line.net for line in lines), Decimal(0))
        self.vat_total = sum((line.vat for line in lines), Decimal(0))
        self.total = self.net_total + self.vat_total
