"""What Meta counted of one number on one day, beside what we stored."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class GapState(StrEnum):
    """PENDING: to be asked for, or again. FAILED: Meta did not answer; ``error`` says why."""

    PENDING = "PENDING"
    FAILED = "FAILED"
    EQUAL = "EQUAL"  # within the tolerance
    DIFFERENT = "DIFFERENT"


class GapCheck(models.Model):
    """One row per number and day; a day that is compared again is the same row."""

    number = models.ForeignKey(
        "whatsapp.BusinessNumber",
        verbose_name=_("business number"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the unique key begins with it
    )
    day = models.DateField(_("day"))
    starts_at = models.DateTimeField(_("from"))  # as Meta cut the day, if it named it
    ends_at = models.DateTimeField(_("until"))
    state = models.CharField(
        _("state"),
        max_length=16,
        default=GapState.PENDING.value,
        db_default=GapState.PENDING.value,
    )
    meta_sent = models.PositiveIntegerField(_("sent, by Meta"), null=True, blank=True)
    our_sent = models.PositiveIntegerField(_("sent, by our rows"), null=True, blank=True)
    meta_delivered = models.PositiveIntegerField(_("delivered, by Meta"), null=True, blank=True)
    our_delivered = models.PositiveIntegerField(_("delivered, by our rows"), null=True, blank=True)
    error = models.CharField(_("reason"), max_length=500, db_default="", blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    told_at = models.DateTimeField(_("staff told at"), null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "whatsapp_gap_checks"
        verbose_name = _("comparison with Meta")
        verbose_name_plural = _("comparisons with Meta")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("number", "day"), name="whatsapp_gap_check_once"),
        )
        permissions = (("repeat_gapcheck", "Can compare with Meta again"),)

    def __str__(self) -> str:
        return f"{self.number} {self.day:%Y-%m-%d}"
