"""Two contacts that turned out to be one person: why we think so, and what it takes to undo it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ContactMerge(models.Model):
    """``source`` is the key of the event in which Meta showed both, ``shown_at`` Meta's time of it.

    ``record`` holds both contacts and their conversations as they were, and which message was whose
    (see services.contacts.merges); a merge that was undone is never made again by itself.
    """

    survivor = models.ForeignKey(
        "whatsapp.Contact",
        verbose_name=_("contact that stayed"),
        on_delete=models.PROTECT,
        related_name="merges",
    )
    absorbed = models.ForeignKey(
        "whatsapp.Contact",
        verbose_name=_("contact that was taken in"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    source = models.CharField(_("shown in"), max_length=512, db_default="", blank=True)
    shown_at = models.DateTimeField(_("shown at"))
    shown_wa_id = models.CharField(_("number shown"), max_length=64, db_default="", blank=True)
    shown_bsuid = models.CharField(_("user id shown"), max_length=160, db_default="", blank=True)
    record = models.JSONField()
    merged_at = models.DateTimeField(_("merged at"), db_default=Now(), editable=False)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("undone by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )

    class Meta:
        db_table = "whatsapp_contact_merges"
        verbose_name = _("merge of contacts")
        verbose_name_plural = _("merges of contacts")
        ordering = ("-id",)
        permissions = (("undo_contactmerge", "Can undo merges of contacts"),)

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"
