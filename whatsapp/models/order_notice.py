"""Exactly one decision per (order, event, occurrence): told, or why not."""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Decision(StrEnum):
    """pending and waiting move on by themselves."""

    PENDING = "pending"
    WAITING = "waiting"
    SENT = "sent"
    SUPPRESSED = "suppressed"
    FAILED = "failed"


class OrderNoticeQuerySet(models.QuerySet["OrderNotice"]):
    """Order notices."""

    def undecided(self) -> OrderNoticeQuerySet:
        return self.filter(decision__in=(Decision.PENDING.value, Decision.WAITING.value))


class OrderNotice(models.Model):
    """``reason`` is in words; ``occurrence`` is empty or, say, the parcel's number."""

    order = models.ForeignKey(
        settings.WHATSAPP_ORDER_MODEL,
        verbose_name=_("order"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_constraint=False,  # checking it would lock the ERP's row, and wait for who holds it
    )
    event = models.CharField(_("event"), max_length=32)
    occurrence = models.CharField(_("occurrence"), max_length=64, db_default="", blank=True)
    decision = models.CharField(
        _("decision"),
        max_length=16,
        choices=[(d.value, d.value) for d in Decision],
        default=Decision.PENDING.value,
        db_default=Decision.PENDING.value,
    )
    reason = models.CharField(_("reason"), max_length=255, db_default="", blank=True)
    message = models.OneToOneField(
        "whatsapp.Message",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="order_notice",
    )
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    objects = OrderNoticeQuerySet.as_manager()

    class Meta:
        db_table = "whatsapp_order_notices"
        verbose_name = _("order notice")
        verbose_name_plural = _("order notices")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("order", "event", "occurrence"), name="whatsapp_notice_once"
            ),
        )
        indexes = (
            models.Index(
                fields=("next_attempt_at", "id"),
                condition=Q(decision__in=("pending", "waiting")),
                name="whatsapp_notice_due",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.order_id} {self.decision}"
