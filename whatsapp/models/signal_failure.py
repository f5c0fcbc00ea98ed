"""A receiver of the ERP's that failed at one of our signals, until it is repeated."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SignalFailure(models.Model):
    """``receiver`` is a dotted path, ``ids`` what the signal carried: ``{"message_ids": [7]}``."""

    signal = models.CharField(_("signal"), max_length=64)
    receiver = models.CharField(_("receiver"), max_length=255)
    ids = models.JSONField(_("ids"))
    error = models.CharField(_("reason"), max_length=500, db_default="", blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1, db_default=1)
    failed_at = models.DateTimeField(_("failed at"), db_default=Now())
    succeeded_at = models.DateTimeField(_("succeeded at"), null=True, blank=True)

    class Meta:
        db_table = "whatsapp_signal_failures"
        verbose_name = _("failed receiver")
        verbose_name_plural = _("failed receivers")
        ordering = ("-id",)
        permissions = (("repeat_signalfailure", "Can call failed receivers again"),)

    def __str__(self) -> str:
        return f"{self.signal} → {self.receiver}"
