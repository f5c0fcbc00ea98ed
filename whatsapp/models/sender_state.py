"""Who sends for a number now: by conditional UPDATE, in services.outgoing.sender_lease alone."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SenderState(models.Model):
    """``epoch`` rises with each election; ``departures`` of the last second seed the next guard."""

    number = models.OneToOneField(
        "whatsapp.BusinessNumber",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="sender_state",
    )
    holder = models.CharField(_("holder"), max_length=128, db_default="", blank=True)
    epoch = models.BigIntegerField(_("epoch"), default=0, db_default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    departures = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    breaker = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))

    class Meta:
        db_table = "whatsapp_sender_state"
        verbose_name = _("sender state")
        verbose_name_plural = _("sender states")

    def __str__(self) -> str:
        return f"{self.number_id} epoch {self.epoch}"
