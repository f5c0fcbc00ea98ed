"""Exactly one decision per (order, event, occurrence): told, or why not."""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from whatsapp.domain.reason import Reason


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

    def watched(self) -> OrderNoticeQuerySet:
        """Those whose customers are told otherwise unless WhatsApp delivers in time."""
        return self.filter(watch_until__isnull=False)


class OrderNotice(models.Model):
    """``reason`` is in words; ``occurrence`` is empty or, say, the parcel's number.

    ``rule`` is the one that decided it, ``planned_at`` when a delayed one is due, ``fell_back_at``
    when its queued message was given the fallback template. ``waits_for`` are the templates of
    which one has to be approved. ``watch_until`` is set while the customer may have to be told
    otherwise; ``told_otherwise_at`` once that is done.
    """

    order = models.ForeignKey(
        settings.WHATSAPP_ORDER_MODEL,
        verbose_name=_("order"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,  # the unique constraint's begins with it
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
    reason_values = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), editable=False
    )
    rule = models.ForeignKey(
        "whatsapp.NoticeRule",
        verbose_name=_("notice rule"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,  # asked for when a rule is deleted, and by who looks for its notices
    )
    planned_at = models.DateTimeField(_("planned at"), null=True, blank=True)
    waits_for = ArrayField(
        models.BigIntegerField(),
        default=list,
        db_default=Value([], ArrayField(models.BigIntegerField())),
        editable=False,
    )
    fell_back_at = models.DateTimeField(_("fallback template since"), null=True, blank=True)
    watch_until = models.DateTimeField(null=True, blank=True)
    told_otherwise_at = models.DateTimeField(_("told otherwise at"), null=True, blank=True)
    told_otherwise_by = models.CharField(_("told by"), max_length=32, db_default="", blank=True)
    otherwise_error = models.CharField(_("why not"), max_length=255, db_default="", blank=True)
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
            GinIndex(
                fields=("waits_for",),
                condition=Q(decision="waiting"),
                name="whatsapp_notice_waits_for",
            ),
            models.Index(
                fields=("next_attempt_at", "id"),
                condition=Q(watch_until__isnull=False),
                name="whatsapp_notice_watched",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.order_id} {self.decision}"

    @property
    def why(self) -> Reason:
        """The reason, to be said in the reader's language."""
        return Reason(text=self.reason, values=self.reason_values)
