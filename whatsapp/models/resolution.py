"""That a matter was closed: when the customer began it, and when it ended."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Resolution(models.Model):
    """A fact of that moment: what is reopened later has been resolved all the same.

    Written only where the customer had said something since the last one; ``user`` had the
    conversation, or closed it.
    """

    conversation = models.ForeignKey(
        "whatsapp.Conversation", on_delete=models.CASCADE, related_name="resolutions"
    )
    number = models.ForeignKey(
        "whatsapp.BusinessNumber", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    began_at = models.DateTimeField()
    resolved_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "whatsapp_resolutions"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.began_at} – {self.resolved_at}"
