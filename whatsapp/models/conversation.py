"""A thread: one contact on one business number, with its columns ready for the inbox."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from whatsapp.domain.conversation import (
    WINDOW,
    ConversationPriority,
    ConversationStatus,
    is_active,
    window_closes_at,
    window_open,
)

LIVE = (
    ConversationStatus.OPEN.value,
    ConversationStatus.ASSIGNED.value,
    ConversationStatus.RESOLVED.value,
)
ACTIVE = (ConversationStatus.OPEN.value, ConversationStatus.ASSIGNED.value)


def tagged(tag: str) -> Q:
    """Which conversations have the tag; those without any are not in the index of tags."""
    return Q(tags__contains=[tag]) & ~Q(tags=[])


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Conversations; the seed's conversation repository."""

    def live(self) -> ConversationQuerySet:
        """Not archived: at most one per number and contact."""
        return self.filter(status__in=LIVE)

    def active(self) -> ConversationQuerySet:
        """Open or assigned: somebody should look."""
        return self.filter(status__in=ACTIVE)

    def resolved_before(self, moment: datetime) -> ConversationQuerySet:
        return self.filter(status=ConversationStatus.RESOLVED.value, resolved_at__lt=moment)

    def due(
        self, *, after: datetime | None = None, until: datetime | None = None
    ) -> ConversationQuerySet:
        """Whose customer waits, by when the answer is due."""
        rows = self.active().filter(waiting_since__isnull=False)
        if after:
            rows = rows.filter(response_due_at__gt=after)
        return rows.filter(response_due_at__lte=until) if until else rows

    def in_window(self, *, is_open: bool, now: datetime) -> ConversationQuerySet:
        """Whether Meta's window is open; it belongs to number and contact, not to one of theirs."""
        since = now - WINDOW
        # what was spoken in since: an index has those first
        heard = Conversation.objects.filter(last_message_at__gt=since, last_inbound_at__gt=since)
        theirs = models.Exists(
            heard.filter(number=models.OuterRef("number"), contact=models.OuterRef("contact"))
        )
        return self.filter(theirs if is_open else ~theirs)

    def for_inbox(self) -> ConversationQuerySet:
        """Newest first, with what a list row shows, in one query; none that a merge emptied."""
        rows = self.select_related("contact", "contact__customer", "assigned_to")
        return rows.filter(contact__merged_into=None).order_by("-last_message_at", "-id")


class Conversation(models.Model):
    """Only inbound opens, reopens, counts unread or starts the SLA clock."""

    number = models.ForeignKey(
        "whatsapp.BusinessNumber",
        on_delete=models.PROTECT,
        related_name="conversations",
        db_index=False,  # a shop has few; before the first ANALYZE it was preferred to contact's
    )
    contact = models.ForeignKey(
        "whatsapp.Contact", on_delete=models.PROTECT, related_name="conversations"
    )
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=[(s.value, s.value.title()) for s in ConversationStatus],
        default=ConversationStatus.OPEN.value,
        db_default=ConversationStatus.OPEN.value,
    )
    priority = models.CharField(
        _("priority"),
        max_length=8,
        choices=[(p.value, p.value.title()) for p in ConversationPriority],
        default=ConversationPriority.NORMAL.value,
        db_default=ConversationPriority.NORMAL.value,
    )
    tags = ArrayField(models.CharField(max_length=40), default=list, db_default=[], blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned to"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    message_count = models.PositiveIntegerField(default=0, db_default=0)
    unread_count = models.PositiveIntegerField(_("unread"), default=0, db_default=0)
    last_message_at = models.DateTimeField(_("last message at"), db_default=Now())
    last_message_preview = models.CharField(max_length=160, db_default="", blank=True)
    last_message_direction = models.CharField(max_length=8, db_default="", blank=True)
    last_inbound_at = models.DateTimeField(_("last inbound at"), null=True, blank=True)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    first_response_at = models.DateTimeField(null=True, blank=True)
    response_due_at = models.DateTimeField(_("answer due at"), null=True, blank=True)
    sla_breached_at = models.DateTimeField(_("SLA breached at"), null=True, blank=True)
    auto_replied_at = models.DateTimeField(null=True, blank=True)
    assigned_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        db_table = "whatsapp_conversations"
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ("-last_message_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("number", "contact"),
                condition=~Q(status="ARCHIVED"),
                name="whatsapp_conversation_one_live",
            ),
        )
        indexes = (
            models.Index(
                models.F("last_message_at").desc(),
                models.F("id").desc(),
                condition=Q(status__in=("OPEN", "ASSIGNED")),
                name="whatsapp_conv_inbox",
            ),
            models.Index(
                models.F("last_message_at").desc(),
                models.F("id").desc(),
                name="whatsapp_conv_recent",
            ),
            models.Index(
                "assigned_to",
                "status",
                models.F("last_message_at").desc(),
                models.F("id").desc(),
                name="whatsapp_conv_agent",
            ),
            models.Index(
                "response_due_at",
                condition=Q(response_due_at__isnull=False),
                name="whatsapp_conv_due",
            ),
            # what few of them are; a message moves all entries of its conversation anyway
            *(
                models.Index(
                    models.F("last_message_at").desc(),
                    models.F("id").desc(),
                    condition=condition,
                    name=f"whatsapp_conv_{name}",
                )
                for name, condition in (
                    ("unread", Q(unread_count__gt=0)),
                    ("urgent", ~Q(priority="NORMAL")),
                )
            ),
            GinIndex(fields=("tags",), condition=~Q(tags=[]), name="whatsapp_conv_tags"),
            BrinIndex(fields=("created_at",), name="whatsapp_conv_created"),
        )
        permissions = (
            ("reply_conversation", "Can answer conversations"),
            ("assign_conversation", "Can assign conversations"),
            ("archive_conversation", "Can archive conversations"),
            ("oversee_conversation", "Can see colleagues' conversations"),
        )

    def __str__(self) -> str:
        return f"{self.contact} · {self.status}"

    @property
    def is_active(self) -> bool:
        return is_active(ConversationStatus(self.status))

    def window_open(self, *, now: datetime) -> bool:
        """Whether free text may be sent; see also services.conversations.last_inbound_at."""
        return window_open(last_inbound_at=self.last_inbound_at, now=now)

    @property
    def window_closes_at(self) -> datetime | None:
        return window_closes_at(self.last_inbound_at) if self.last_inbound_at else None
