"""Quotes: what an order could look like."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cypher_erp.numbering import next_number
from cypher_erp.pricing import PricedDocument, PricedLine


class QuoteStatus(models.TextChoices):
    DRAFT = "DRAFT", pgettext_lazy("quote", "Draft")
    SENT = "SENT", pgettext_lazy("quote", "Sent")
    ACCEPTED = "ACCEPTED", pgettext_lazy("quote", "Accepted")
    REJECTED = "REJECTED", pgettext_lazy("quote", "Rejected")


class Quote(PricedDocument):
    """An offer to a customer, binding until ``valid_until_date``."""

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        related_name="quotes",
        verbose_name=_("customer"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=QuoteStatus.choices, default=QuoteStatus.DRAFT
    )
    valid_until_date = models.DateField(_("valid until"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        db_table = "quotes"
        ordering = ["-created_at", "-id"]
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=QuoteStatus.values), name="quotes_status_known"
            ),
            models.CheckConstraint(condition=models.Q(total__gte=0), name="quotes_total_positive"),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            if not self.number:
                year = timezone.localdate(self.created_at).year
                self.number = next_number(model=Quote, letter="O", year=year)
            super().save(*args, **kwargs)


class QuoteLine(PricedLine):
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")

    class Meta:
        db_table = "quote_lines"
        ordering = ["id"]
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, unit_price__gte=0, vat_rate__gte=0),
                name="quote_lines_amounts_positive",
            )
        ]
