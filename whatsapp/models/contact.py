"""A person on WhatsApp, who may have no phone number to show."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from whatsapp.domain import phone as phones
from whatsapp.models.words import Person


class ContactQuerySet(models.QuerySet["Contact"]):
    """Contacts."""

    def with_number(self, phone: str) -> ContactQuerySet:
        """Those whose number, E.164, it is in any spelling, Meta's or the shop's."""
        spellings = phones.variants(phone)
        wa_ids = [phones.digits(one) for one in spellings]
        return self.filter(Q(wa_id__in=wa_ids) | Q(phone__in=spellings))


class PersonNames:
    """What somebody is called whose identities are known."""

    profile_name: str
    phone: str | None
    username: str
    bsuid: str | None
    wa_id: str | None

    @property
    def own_name(self) -> str:
        """The profile's name; one without a letter names nobody."""
        name = self.profile_name
        return name if name[:1].isalpha() or any(map(str.isalpha, name)) else ""

    @property
    def display_name(self) -> str:
        """What an agent calls this person."""
        return self.own_name or self.phone or self.username or self.bsuid or self.wa_id or "?"


class Contact(PersonNames, models.Model):
    """Known by phone, by ``wa_id`` as Meta gives it, or by business-scoped user id (BSUID)."""

    phone = models.CharField(_("phone"), max_length=20, null=True, blank=True)  # noqa: DJ001 (absent is not empty: unique)
    wa_id = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001
    bsuid = models.CharField(max_length=160, null=True, blank=True)  # noqa: DJ001
    phone_shown_at = models.DateTimeField(null=True, blank=True)  # by Meta, beside this person
    username = models.CharField(_("username"), max_length=64, db_default="", blank=True)
    profile_name = models.CharField(_("profile name"), max_length=255, db_default="", blank=True)
    language = models.CharField(_("language"), max_length=16, db_default="", blank=True)
    customer = models.ForeignKey(
        settings.WHATSAPP_CUSTOMER_MODEL,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    marketing_consent = models.BooleanField(_("marketing consent"), null=True, blank=True)
    consent_changed_at = models.DateTimeField(_("consent changed at"), null=True, blank=True)
    consent_source = models.CharField(max_length=64, db_default="", blank=True)
    has_whatsapp = models.BooleanField(_("is on WhatsApp"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        db_table = "whatsapp_contacts"
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("phone",), name="whatsapp_contact_phone"),
            models.UniqueConstraint(fields=("wa_id",), name="whatsapp_contact_wa_id"),
            models.UniqueConstraint(fields=("bsuid",), name="whatsapp_contact_bsuid"),
            models.CheckConstraint(
                condition=Q(phone__isnull=False)
                | Q(wa_id__isnull=False)
                | Q(bsuid__isnull=False)
                | Q(merged_into__isnull=False),
                name="whatsapp_contact_identified",
            ),
        )
        indexes = (
            GinIndex(
                OpClass(Person("profile_name", "username", "phone", "wa_id"), "gin_trgm_ops"),
                name="whatsapp_contact_person",
            ),
        )
        permissions = (("view_phone", "Can see whole phone numbers"),)

    def __str__(self) -> str:
        return self.display_name
