"""Each attempt that did not end in plain acceptance; a second wamid lives here."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

# Outcomes besides the verdicts of domain.retry.Action
FAILED: Final = "FAILED"  # Meta took it and failed it later
SURPRISE: Final = "SURPRISE"  # Meta took it, and another attempt of the message too
DOUBLED: Final = "DOUBLED"  # a surprise that reached the customer


class MessageAttemptQuerySet(models.QuerySet["MessageAttempt"]):
    """Attempts."""

    def surprises(self) -> MessageAttemptQuerySet:
        """Those that Meta took beside the one whose wamid the message has."""
        taken = self.filter(
            outcome__in=(SURPRISE, DOUBLED), message__external_message_id__isnull=False
        )
        return taken.exclude(wamid=F("message__external_message_id"))


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

    objects = MessageAttemptQuerySet.as_manager()

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
