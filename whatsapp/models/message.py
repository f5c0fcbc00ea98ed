"""A message, sent or received: the seed's ``whatsapp_messages`` with our columns after its own."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from whatsapp.domain.lifecycle import Direction, MessageStatus
from whatsapp.models.words import Words

PHONE_APP = "phone_app"  # ``origin`` in the content of what the shop wrote there
PAST = "history_context"  # Meta's key, in the content of what so far only the history told


class MessageType(StrEnum):
    """What a message is. Unknown ones of an adopted table are kept as they are."""

    TEXT = "TEXT"
    TEMPLATE = "TEMPLATE"
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    DOCUMENT = "DOCUMENT"
    STICKER = "STICKER"
    LOCATION = "LOCATION"
    CONTACTS = "CONTACTS"
    INTERACTIVE = "INTERACTIVE"
    BUTTON = "BUTTON"
    REACTION = "REACTION"
    EDIT = "EDIT"
    REVOKE = "REVOKE"
    ORDER = "ORDER"
    SYSTEM = "SYSTEM"
    UNSUPPORTED = "UNSUPPORTED"


# They change another message, on which they are shown
AMENDMENTS = (MessageType.REACTION.value, MessageType.EDIT.value, MessageType.REVOKE.value)
# Nobody waits for an answer to these; an edit is words, and somebody should read them
SILENT = (MessageType.REACTION.value, MessageType.REVOKE.value, MessageType.SYSTEM.value)


class Deleted(models.Func):
    """Whether its author deleted a message; a wording of it that came later goes with it.

    In SQL of our own: Django would build and write it anew in each search, for half a millisecond.
    """

    output_field = models.BooleanField()
    _OF = """EXISTS (
        SELECT 1 FROM whatsapp_messages revoke WHERE revoke.message_type = 'REVOKE'
        AND revoke.reply_to_id = {target} AND revoke.direction = {direction}
    )"""

    def __init__(self) -> None:
        super().__init__("pk", "reply_to", "direction", "message_type")

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, Any]:
        columns = [compiler.compile(column)[0] for column in self.get_source_expressions()]
        itself, edited, direction, kind = columns
        deleted = self._OF.format(target=itself, direction=direction)
        wording = self._OF.format(target=edited, direction=direction)
        return f"({deleted} OR ({kind} = 'EDIT' AND {wording}))", ()


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages; the seed's message repository."""

    def thread(self, conversation_id: int) -> MessageQuerySet:
        """A conversation's messages, newest first."""
        return self.filter(conversation_id=conversation_id).order_by("-happened_at", "-id")

    def sent(self) -> MessageQuerySet:
        return self.filter(direction=Direction.SENT.value)

    def received(self) -> MessageQuerySet:
        return self.filter(direction=Direction.RECEIVED.value)

    def standing(self) -> MessageQuerySet:
        """Without what their authors deleted."""
        return self.filter(~Deleted())

    def telling_deleted(self) -> MessageQuerySet:
        """Each with ``is_deleted``: whether its author deleted it."""
        return self.annotate(is_deleted=Deleted())

    def scheduled(self, *, now: datetime) -> MessageQuerySet:
        """Waiting for a time of their own: asked for later, or put off by quiet hours."""
        return self.filter(delivery_status=MessageStatus.PENDING.value, send_at__gt=now)


def _where_given(name: str) -> models.Index:
    """Index a reference that most messages lack: the wamid, written late, costs an entry in each
    index of the row.
    """
    return models.Index(
        fields=(name,),
        condition=models.Q(**{f"{name}__isnull": False}),
        name=f"whatsapp_message_{name}",
    )


class Message(models.Model):
    """No index names a column that a status changes: updates stay in place (HOT)."""

    # The seed's columns, with its names
    customer = models.ForeignKey(
        settings.WHATSAPP_CUSTOMER_MODEL,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agent"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    phone_number = models.CharField(_("phone"), max_length=20, null=True, blank=True)  # noqa: DJ001 (a username has none)
    direction = models.CharField(
        _("direction"), max_length=16, choices=[(d.value, d.value.title()) for d in Direction]
    )
    message_type = models.CharField(_("type"), max_length=32)
    message_text = models.TextField(_("text"))
    order = models.ForeignKey(
        settings.WHATSAPP_ORDER_MODEL,
        verbose_name=_("order"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    quote = models.ForeignKey(
        settings.WHATSAPP_QUOTE_MODEL,
        verbose_name=_("quote"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    external_message_id = models.TextField(_("wamid"), null=True, blank=True)  # noqa: DJ001 (unique)
    delivery_status = models.CharField(_("status"), max_length=50, null=True, blank=True)  # noqa: DJ001 (received: none)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    # Ours
    uuid = models.UUIDField(
        default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False
    )
    number = models.ForeignKey(
        "whatsapp.BusinessNumber",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # a shop has few numbers
    )
    contact = models.ForeignKey(
        "whatsapp.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    conversation = models.ForeignKey(
        "whatsapp.Conversation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,  # the thread's index begins with it
    )
    template = models.ForeignKey(
        "whatsapp.Template",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    supplier_order = models.ForeignKey(
        settings.WHATSAPP_SUPPLIER_ORDER_MODEL,
        verbose_name=_("supplier order"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    content = models.JSONField(
        null=True, blank=True, help_text=_("What was to be sent, or what came.")
    )
    reply_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    # The wamid it is about, until we have that message
    waits_for = models.TextField(null=True, blank=True)  # noqa: DJ001
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    send_at = models.DateTimeField(null=True, blank=True)  # not before; NULL: at once
    expires_at = models.DateTimeField(null=True, blank=True)
    happened_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    played_at = models.DateTimeField(_("played at"), null=True, blank=True)  # a voice message
    failed_at = models.DateTimeField(null=True, blank=True)
    error_code = models.IntegerField(null=True, blank=True)
    error_text = models.CharField(max_length=500, db_default="", blank=True)
    pricing_category = models.CharField(max_length=64, db_default="", blank=True)
    pricing_type = models.CharField(max_length=64, db_default="", blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        db_table = "whatsapp_messages"
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("external_message_id",), name="whatsapp_message_wamid_once"
            ),
        )
        indexes = (
            models.Index(
                "conversation",
                models.F("happened_at").desc(),
                models.F("id").desc(),
                name="whatsapp_message_thread",
            ),
            BrinIndex(fields=("created_at",), name="whatsapp_message_created"),
            GinIndex(Words("id", "message_text"), name="whatsapp_message_words"),
            models.Index(
                fields=("send_at", "id"),
                condition=models.Q(send_at__isnull=False),
                name="whatsapp_message_scheduled",
            ),
            *(
                _where_given(name)
                for name in ("user", "order", "quote", "template", "reply_to", "waits_for")
            ),
            models.Index(
                fields=("supplier_order",),
                condition=models.Q(supplier_order__isnull=False),
                name="whatsapp_message_supplier",
            ),
            models.Index(  # what a supplier was sent last
                "contact",
                models.F("id").desc(),
                condition=models.Q(supplier_order__isnull=False),
                name="whatsapp_message_supplier_last",
            ),
        )
        permissions = (("send_message", "Can send messages"),)

    def __str__(self) -> str:
        return f"{self.direction} {self.message_type} {self.pk}"

    @property
    def status(self) -> MessageStatus | None:
        """None for received messages and for the unknown words of an adopted table."""
        try:
            return MessageStatus(self.delivery_status or "")
        except ValueError:
            return None

    @property
    def from_phone_app(self) -> bool:
        """Whether somebody of the shop wrote it in the WhatsApp Business app, not here."""
        return isinstance(self.content, dict) and self.content.get("origin") == PHONE_APP

    def preview(self, *, length: int = 160) -> str:
        """One line for lists; the seed's getDisplayContent."""
        return one_line(self.message_text, length=length) or f"[{self.message_type.lower()}]"


def one_line(text: str, *, length: int = 160) -> str:
    """Put a text on one line, cut to ``length`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
