"""The shop's customers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from cypher_erp.customers.phone import to_e164
from cypher_erp.folding import Fold


class Language(models.TextChoices):
    RO = "ro", "Română"
    EN = "en", "English"
    HU = "hu", "Magyar"


class CustomerQuerySet(models.QuerySet["Customer"]):
    def with_phone(self, *phones: str) -> CustomerQuerySet:
        """Everybody with one of these numbers, in whatever spelling they are given and typed."""
        found = sorted({to_e164(phone) for phone in phones} - {""})
        return self.filter(phone_e164__in=found) if found else self.none()

    def with_email(self, email: str) -> CustomerQuerySet:
        """Everybody with this address; case makes no difference."""
        email = email.strip().lower()
        return self.alias(folded=Lower("email")).filter(folded=email) if email else self.none()

    def called(self, text: str) -> CustomerQuerySet:
        """Everybody with all the words in their name, whatever the case and the diacritics."""
        words = text.split()
        found = self.alias(folded=Fold("name")) if words else self.none()
        for word in words:
            found = found.filter(folded__contains=Fold(Value(word)))
        return found


class Customer(models.Model):
    """A company or a person. ``phone`` is kept as typed, ``phone_e164`` follows it on each save."""

    class Kind(models.TextChoices):
        COMPANY = "COMPANY", _("Company")
        PERSON = "PERSON", _("Person")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.PERSON)
    name = models.CharField(_("name"), max_length=200)
    contact_name = models.CharField(_("contact person"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    phone_e164 = models.CharField(max_length=20, blank=True, editable=False)
    email = models.EmailField(_("email"), blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.RO
    )
    group = models.CharField(
        _("group"), max_length=40, blank=True, help_text=_("Such as wholesale, or partner.")
    )
    vat_id = models.CharField(_("VAT id (CUI)"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    county = models.CharField(_("county"), max_length=100, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        db_table = "customers"
        ordering = ["name", "id"]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            models.Index(fields=["phone_e164"], name="customers_phone_e164"),
            models.Index(Lower("email"), name="customers_email_lower"),
            GinIndex(OpClass(Fold("name"), "gin_trgm_ops"), name="customers_name_parts"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.phone_e164 = to_e164(self.phone)
        if update_fields is not None and "phone" in update_fields:
            update_fields = {*update_fields, "phone_e164"}
        super().save(*args, update_fields=update_fields, **kwargs)
