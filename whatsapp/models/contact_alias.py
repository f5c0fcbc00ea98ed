"""What a person was known by before: an old number, an old BSUID."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class ContactAlias(models.Model):
    """``until`` is the last Meta time at which it was theirs: a number may have a new owner since.

    A BSUID names one person for ever and has one row; a number has one for each who had it.
    """

    contact = models.ForeignKey(
        "whatsapp.Contact", on_delete=models.CASCADE, related_name="aliases"
    )
    wa_id = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 (one of the two)
    bsuid = models.CharField(max_length=160, null=True, blank=True)  # noqa: DJ001
    until = models.DateTimeField()

    class Meta:
        db_table = "whatsapp_contact_aliases"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("bsuid",), name="whatsapp_alias_bsuid"),
            models.UniqueConstraint(fields=("wa_id", "contact"), name="whatsapp_alias_wa_id"),
            models.CheckConstraint(
                condition=Q(wa_id__isnull=False, bsuid__isnull=True)
                | Q(wa_id__isnull=True, bsuid__isnull=False),
                name="whatsapp_alias_one",
            ),
        )

    def __str__(self) -> str:
        return self.bsuid or self.wa_id or ""
