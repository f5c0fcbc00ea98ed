"""A sender: one WhatsApp number of the shop."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from whatsapp.conf import whatsapp_settings
from whatsapp.models.fields import EncryptedTextField

PHONE_APP_PACE = 20  # messages per second of a number that is also in the phone app


class BusinessNumberQuerySet(models.QuerySet["BusinessNumber"]):
    """Business numbers."""

    def default(self) -> BusinessNumber | None:
        """The number used when the caller names none."""
        return self.filter(is_active=True).order_by("-is_default", "id").first()


class BusinessNumber(models.Model):
    """A number registered at Meta, with its account, pace and health."""

    phone_number_id = models.CharField(_("phone number id"), max_length=64)
    display_number = models.CharField(_("display number"), max_length=32, db_default="", blank=True)
    name = models.CharField(_("name"), max_length=120, db_default="", blank=True)
    waba_id = models.CharField(
        _("WhatsApp account id"), max_length=64, db_default="", blank=True, db_index=True
    )
    is_default = models.BooleanField(_("default"), db_default=False, default=False)
    is_active = models.BooleanField(_("active"), db_default=True, default=True)
    messages_per_second = models.PositiveSmallIntegerField(
        _("messages per second"), db_default=80, default=80
    )
    quality = models.CharField(_("quality"), max_length=32, db_default="", blank=True)
    health = models.CharField(_("health"), max_length=64, db_default="", blank=True)
    health_checked_at = models.DateTimeField(_("health checked at"), null=True, blank=True)
    # What Meta tells by webhook, each with Meta's time of its last change in ``changed_at``
    verified_name = models.CharField(_("verified name"), max_length=255, db_default="", blank=True)
    name_decision = models.CharField(_("name decision"), max_length=32, db_default="", blank=True)
    username = models.CharField(_("username"), max_length=64, db_default="", blank=True)
    messaging_limit = models.CharField(
        _("messaging limit"), max_length=32, db_default="", blank=True
    )
    throughput = models.CharField(_("throughput"), max_length=16, db_default="", blank=True)
    standing = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    news = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    changed_at = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    uses_phone_app = models.BooleanField(
        _("also in the phone app"),
        db_default=False,
        default=False,
        help_text=_("Meta tells so; 20 messages per second at most."),
    )
    access_token = EncryptedTextField(_("access token"), db_default="", blank=True)
    auto_reply_text = models.TextField(
        _("automatic reply"),
        db_default="",
        blank=True,
        help_text=_("Sent once per conversation and day when a customer writes. Empty: off."),
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = BusinessNumberQuerySet.as_manager()

    class Meta:
        db_table = "whatsapp_business_numbers"
        verbose_name = _("business number")
        verbose_name_plural = _("business numbers")
        ordering = ("-is_default", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("phone_number_id",), name="whatsapp_number_phone_number_id"
            ),
            models.UniqueConstraint(
                fields=("is_default",), condition=Q(is_default=True), name="whatsapp_number_default"
            ),
            models.CheckConstraint(
                condition=Q(messages_per_second__gte=1, messages_per_second__lte=1000),
                name="whatsapp_number_pace",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.display_number or self.phone_number_id

    @property
    def token(self) -> str:
        """The token to send with; the environment's number reads it there, so that it rotates."""
        conf = whatsapp_settings()
        if self.phone_number_id == conf.phone_number_id and conf.access_token:
            return conf.access_token
        return self.access_token

    @property
    def pace(self) -> int:
        """Messages per second; the environment wins for its own number, Meta's cap over both."""
        conf, pace = whatsapp_settings(), self.messages_per_second
        if self.phone_number_id == conf.phone_number_id and conf.messages_per_second:
            pace = conf.messages_per_second
        return min(pace, PHONE_APP_PACE) if self.uses_phone_app else pace

    @property
    def account_id(self) -> str:
        """The WABA that owns templates; the environment wins for its own number."""
        conf = whatsapp_settings()
        if self.phone_number_id == conf.phone_number_id and conf.business_account_id:
            return conf.business_account_id
        return self.waba_id
