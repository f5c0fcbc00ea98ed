"""One row per item Meta told us, kept as it came; the inbox of the receiving road."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class EventStatus(StrEnum):
    """The seed's three; ``outcome`` says what processing came to."""

    PENDING = "pending"
    PROCESSED = "processed"
    FAILED = "failed"


class EventOutcome(StrEnum):
    """What a processed event did."""

    APPLIED = "applied"
    STALE = "stale"
    NOT_OURS = "not ours"
    UNSUPPORTED = "unsupported"


class WebhookEventQuerySet(models.QuerySet["WebhookEvent"]):
    """Webhook events; the seed's webhook repository."""

    def pending(self) -> WebhookEventQuerySet:
        return self.filter(status=EventStatus.PENDING.value)

    def dead(self) -> WebhookEventQuerySet:
        return self.filter(status=EventStatus.FAILED.value)


class WebhookEvent(models.Model):
    """``payload`` is ASCII-escaped JSON text: jsonb refuses NUL and lone surrogates."""

    idempotency_key = models.TextField(_("idempotency key"))
    field = models.CharField(_("field"), max_length=64, db_default="", blank=True)
    phone_number_id = models.CharField(max_length=64, db_default="", blank=True)
    payload = models.TextField(_("payload"))
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=[(s.value, s.value) for s in EventStatus],
        default=EventStatus.PENDING.value,
        db_default=EventStatus.PENDING.value,
    )
    outcome = models.CharField(_("outcome"), max_length=16, db_default="", blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    error = models.CharField(_("reason"), max_length=500, db_default="", blank=True)
    received_at = models.DateTimeField(_("received at"), db_default=Now(), editable=False)
    processed_at = models.DateTimeField(_("processed at"), null=True, blank=True)

    objects = WebhookEventQuerySet.as_manager()

    class Meta:
        db_table = "whatsapp_webhook_events"
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("idempotency_key",), name="whatsapp_event_once"),
        )
        indexes = (
            models.Index(
                fields=("next_attempt_at", "id"),
                condition=Q(status="pending"),
                name="whatsapp_event_due",
            ),
            models.Index(fields=("id",), condition=Q(status="failed"), name="whatsapp_event_dead"),
            models.Index(
                fields=("processed_at",),
                condition=Q(status="processed"),
                name="whatsapp_event_done",
            ),
            models.Index(
                fields=("phone_number_id", "received_at"),
                condition=Q(status="processed"),
                name="whatsapp_event_flow",
            ),
            BrinIndex(fields=("received_at",), name="whatsapp_event_received"),
        )
        permissions = (("replay_webhookevent", "Can replay webhook events"),)

    def __str__(self) -> str:
        return self.idempotency_key

    @property
    def is_processed(self) -> bool:
        return self.status == EventStatus.PROCESSED.value

    def value(self, path: str, default: Any = None) -> Any:
        """Read the payload by a dotted path such as ``messages.0.text.body``."""
        found: Any = json.loads(self.payload)
        for step in path.split("."):
            try:
                found = found[int(step)] if isinstance(found, list) else found[step]
            except (KeyError, IndexError, TypeError, ValueError):
                return default
        return found
