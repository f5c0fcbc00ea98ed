"""Each attempt that did not end in plain acceptance; a second wamid lives here."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class MessageAttempt(models.Model):
    message = models.ForeignKey(
        "whatsapp.Message", on_delete=models.CASCADE, related_name="attempt_rows"
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    departed_at = models.DateTimeField(_("departed at"), null=True)
    wamid = models.TextField(null=True, blank=True)  # noqa: DJ001 (absent is not empty)
    outcome = models.CharField(_("outcome"), max_length=16)
    error_code = models.IntegerField(_("code"), null=True)
    error_text = models.CharField(_("error"), max_length=500, db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "whatsapp_message_attempts"
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("message", "attempt", "id")
        constraints = (
            models.UniqueConstraint(fields=("message", "attempt"), name="whatsapp_attempt_once"),
        )
        indexes = (models.Index(fields=("wamid",), name="whatsapp_attempt_wamid"),)

    def __str__(self) -> str:
        return f"{self.message_id}:{self.attempt} {self.outcome}"
