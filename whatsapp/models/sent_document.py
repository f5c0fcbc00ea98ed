"""A paper of the shop's that went out as a file, and what a customer answered to a quote."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from whatsapp.domain.documents import DocumentKind, QuoteAnswerKind
from whatsapp.domain.lifecycle import MessageStatus

LOST = (MessageStatus.FAILED.value, MessageStatus.CANCELLED.value)


class SentDocumentQuerySet(models.QuerySet["SentDocument"]):
    """Papers that were sent."""

    def of(self, kind: DocumentKind, document_id: int) -> SentDocumentQuerySet:
        """Those of one paper, newest first."""
        return self.filter(kind=kind.value, document_id=document_id).order_by("-id")

    def standing(self) -> SentDocumentQuerySet:
        """Without those whose message failed or was called back."""
        return self.exclude(message__delivery_status__in=LOST)


class SentDocument(models.Model):
    """``document_id`` is the ERP's id of the order, quote or supplier order.

    ``token`` is in the buttons under it. ``version`` is the ERP's name of what the paper showed,
    empty where it has none. ``owed`` is the file of one that went as a template without it: it
    follows as soon as the supplier writes.
    """

    kind = models.CharField(
        _("kind"), max_length=16, choices=[(kind.value, kind.value) for kind in DocumentKind]
    )
    document_id = models.BigIntegerField()
    message = models.OneToOneField(
        "whatsapp.Message", on_delete=models.CASCADE, related_name="sent_document"
    )
    owed = models.OneToOneField(
        "whatsapp.Media", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    token = models.UUIDField(
        default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False
    )
    version = models.CharField(max_length=64, default="", db_default="", blank=True)
    language = models.CharField(max_length=16, default="", db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SentDocumentQuerySet.as_manager()

    class Meta:
        db_table = "whatsapp_sent_documents"
        verbose_name = _("sent document")
        verbose_name_plural = _("sent documents")
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("kind", "document_id", "-id"), name="whatsapp_sent_document_paper"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.document_id}"

    @property
    def is_lost(self) -> bool:
        """Whether its reader never got it."""
        return self.message.delivery_status in LOST


class QuoteAnswer(models.Model):
    """A button pressed under a quote, once for each; ``message`` is the press that counted."""

    document = models.ForeignKey(
        SentDocument, on_delete=models.CASCADE, related_name="answers", db_index=False
    )
    quote = models.ForeignKey(
        settings.WHATSAPP_QUOTE_MODEL,
        verbose_name=_("quote"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    answer = models.CharField(
        _("answer"), max_length=16, choices=[(each.value, each.value) for each in QuoteAnswerKind]
    )
    message = models.ForeignKey("whatsapp.Message", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "whatsapp_quote_answers"
        verbose_name = _("quote answer")
        verbose_name_plural = _("quote answers")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("document", "answer"), name="whatsapp_quote_answer_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.answer} {self.quote_id}"
