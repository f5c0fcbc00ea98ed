"""What agents tell each other about a conversation; never sent to the customer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ConversationNote(models.Model):
    conversation = models.ForeignKey(
        "whatsapp.Conversation", on_delete=models.CASCADE, related_name="notes"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField(_("note"))
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "whatsapp_conversation_notes"
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.text[:60]
