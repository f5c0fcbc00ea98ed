"""What changed, in the order in which it was committed: for whoever listens, and to resume."""

from __future__ import annotations

from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class ChangeKind(StrEnum):
    """Named as our outgoing signals where there is one; of messages, or of conversations."""

    MESSAGE_QUEUED = "message_queued"
    MESSAGE_SENT = "message_sent"
    MESSAGE_DELIVERED = "message_delivered"
    MESSAGE_READ = "message_read"
    MESSAGE_FAILED = "message_failed"
    MESSAGE_RECEIVED = "message_received"
    MESSAGE_CHANGED = "message_changed"  # its file came, it was cancelled or is tried again
    CONVERSATION_ASSIGNED = "conversation_assigned"
    CONVERSATION_RESOLVED = "conversation_resolved"
    CONVERSATION_CHANGED = "conversation_changed"
    CONVERSATION_HIDDEN = "conversation_hidden"  # for some: it was handed to somebody else
    SLA_BREACHED = "sla_breached"

    @property
    def is_of_messages(self) -> bool:
        return self.value.startswith("message_")


class Change(models.Model):
    """One row for everything of a kind that one statement did; ``ids`` of what it happened to.

    Ids come in the order of inserting, and commits in another. ``xact`` is the transaction's own
    id: what is below the oldest one still running is complete, and is read in the order of both.
    """

    xact = models.BigIntegerField()
    kind = models.CharField(max_length=32)
    ids = ArrayField(models.BigIntegerField())
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    # Of a handing over: a user's id, null is nobody. No foreign keys, since users go and it was so
    was_with = models.BigIntegerField(null=True)
    is_with = models.BigIntegerField(null=True)

    class Meta:
        db_table = "whatsapp_changes"
        indexes = (models.Index(fields=("xact", "id"), name="whatsapp_change_order"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.ids}"
