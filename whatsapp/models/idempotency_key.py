"""A caller's word that two sends are one: the same key never makes a second message."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

KEY_LIMIT = 255


class IdempotencyKey(models.Model):
    """Inserted first, in the transaction of the send. ``user`` is NULL for the ERP's own code."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the unique key begins with it
    )
    key = models.CharField(max_length=KEY_LIMIT)
    fingerprint = models.CharField(max_length=64)  # sha256 of what was asked, hex
    result = models.JSONField(null=True)  # ids of what the send made, and of a bulk the refused
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "whatsapp_idempotency_keys"
        verbose_name = "idempotency key"
        constraints = (
            models.UniqueConstraint(
                fields=("user", "key"), name="whatsapp_idempotency_once", nulls_distinct=False
            ),
        )
        indexes = (models.Index(fields=("created_at",), name="whatsapp_idempotency_age"),)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.key}"
