"""Meta's rate card, as the shop enters it: Meta tells what it charges for, never how much."""

from __future__ import annotations

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Price(models.Model):
    """What one message of a category costs, from a day on, until a later row says otherwise."""

    calling_code = models.CharField(
        _("calling code"),
        max_length=3,
        blank=True,
        db_default="",
        validators=[RegexValidator(r"\A[1-9][0-9]{0,2}\Z", _("Only the digits, as in 40."))],
        help_text=_("Of the customer's phone; Romania has 40. Empty: the others."),
    )
    category = models.CharField(
        _("category"),
        max_length=64,
        choices=[
            ("marketing", _("marketing")),
            ("utility", _("utility")),
            ("authentication", _("authentication")),
            ("authentication-international", _("authentication, international")),
            ("marketing-lite", _("marketing, optimised delivery")),
        ],
    )
    amount = models.DecimalField(
        _("amount"), max_digits=12, decimal_places=6, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        validators=[RegexValidator(r"\A[A-Z]{3}\Z", _("Three capital letters, as in EUR."))],
        help_text=_("In which Meta bills the account."),
    )
    valid_from = models.DateField(_("valid from"))
    source = models.CharField(
        _("source"), max_length=200, blank=True, db_default="", help_text=_("Where it was read.")
    )

    class Meta:
        db_table = "whatsapp_prices"
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ("calling_code", "category", "-valid_from")
        constraints = (
            models.UniqueConstraint(
                fields=("calling_code", "category", "valid_from"), name="whatsapp_price_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="whatsapp_price_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.category} +{self.calling_code or '…'} {self.amount} {self.currency}"
