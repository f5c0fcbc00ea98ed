"""The queue of what is still to be sent, or in trouble; gone when accepted or dismissed."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from whatsapp.domain.retry import Priority


class OutboxKind(StrEnum):
    """What the row asks of Meta."""

    MESSAGE = "MESSAGE"
    READ_RECEIPT = "READ_RECEIPT"
    TYPING = "TYPING"


class OutboxState(StrEnum):
    """The first three move by themselves; the others wait for news or for a person.

    UPLOADING waits for its file's id; from its time on, what comes after it to the same contact
    waits too, so that no text overtakes its picture.
    """

    UPLOADING = "UPLOADING"
    PENDING = "PENDING"
    CLAIMED = "CLAIMED"
    UNCONFIRMED = "UNCONFIRMED"
    HELD = "HELD"
    FAILED = "FAILED"


WAITING = (OutboxState.UPLOADING.value, OutboxState.PENDING.value)


class OutboxQuerySet(models.QuerySet["OutboxItem"]):
    """Rows still to be sent."""

    def in_trouble(self) -> OutboxQuerySet:
        """What a person should look at."""
        trouble = (OutboxState.UNCONFIRMED, OutboxState.HELD, OutboxState.FAILED)
        return self.filter(state__in=[s.value for s in trouble])


class OutboxItem(models.Model):
    """``retries`` counts burnt tries, ``epoch`` the sender that claimed the row last."""

    kind = models.CharField(max_length=16, default=OutboxKind.MESSAGE.value, db_default="MESSAGE")
    message = models.ForeignKey(
        "whatsapp.Message",
        on_delete=models.CASCADE,
        related_name="outbox_items",
        db_index=False,  # the unique constraint's begins with it
    )
    number = models.ForeignKey(
        "whatsapp.BusinessNumber", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    contact = models.ForeignKey(
        "whatsapp.Contact", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    priority = models.PositiveSmallIntegerField(
        choices=[(p.value, p.name.title()) for p in Priority],
        default=Priority.REPLY.value,
        db_default=Priority.REPLY.value,
    )
    state = models.CharField(
        max_length=16,
        choices=[(s.value, s.value.title()) for s in OutboxState],
        default=OutboxState.PENDING.value,
        db_default=OutboxState.PENDING.value,
    )
    next_attempt_at = models.DateTimeField(db_default=Now())
    retries = models.PositiveSmallIntegerField(default=0, db_default=0)
    waits = models.PositiveSmallIntegerField(default=0, db_default=0)  # slow-downs in a row
    epoch = models.BigIntegerField(default=0, db_default=0)
    departed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=255, db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        db_table = "whatsapp_outbox"
        verbose_name = _("outbox item")
        verbose_name_plural = _("outbox")
        ordering = ("priority", "next_attempt_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("message", "kind"), name="whatsapp_outbox_once"),
        )
        indexes = (
            models.Index(
                fields=("number", "priority", "next_attempt_at", "id"),
                condition=Q(state="PENDING"),
                name="whatsapp_outbox_due",
            ),
            models.Index(
                fields=("number", "epoch"),
                condition=Q(state="CLAIMED"),
                name="whatsapp_outbox_claimed",
            ),
            models.Index(  # what the rows behind it wait for, see services.outgoing.outbox
                fields=("number", "contact", "priority", "id"),
                condition=Q(state__in=("CLAIMED", "UPLOADING")) | Q(state="PENDING", epoch__gt=0),
                name="whatsapp_outbox_heads",
            ),
            models.Index(
                fields=("state", "id"),
                condition=Q(state__in=("UNCONFIRMED", "HELD", "FAILED")),
                name="whatsapp_outbox_trouble",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id} {self.state}"
