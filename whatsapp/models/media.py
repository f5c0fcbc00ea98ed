"""A file that came with a message, or goes out with one."""

from __future__ import annotations

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from whatsapp.conf import whatsapp_settings

FOLDER = "whatsapp"  # of the storage; nothing else is kept in it


def media_storage() -> Storage:
    """The host's storage named by ``WHATSAPP["MEDIA_STORAGE"]``."""
    return storages[whatsapp_settings().media_storage]


class MediaState(models.TextChoices):
    """Where a file is on its way."""

    PENDING = "PENDING", _("to be fetched")
    READY = "READY", _("here")
    FAILED = "FAILED", _("failed")


class Media(models.Model):
    """``media_id`` is Meta's; an inbound one lives 7 days there, an uploaded one 30.

    ``uploaded_at`` is when Meta gave the id for our upload, whichever message it was for.
    """

    message = models.OneToOneField(
        "whatsapp.Message", null=True, on_delete=models.CASCADE, related_name="media"
    )
    number = models.ForeignKey(
        "whatsapp.BusinessNumber", on_delete=models.PROTECT, related_name="+"
    )
    media_id = models.CharField(max_length=128, db_default="", blank=True)
    mime_type = models.CharField(max_length=127, db_default="", blank=True)
    filename = models.CharField(max_length=255, db_default="", blank=True)
    sha256 = models.CharField(max_length=64, db_default="", blank=True)  # hex
    size = models.PositiveBigIntegerField(_("bytes"), null=True, blank=True)
    file = models.FileField(storage=media_storage, upload_to=f"{FOLDER}/%Y/%m", blank=True)
    state = models.CharField(
        max_length=8, choices=MediaState.choices, default=MediaState.PENDING, db_default="PENDING"
    )
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    error = models.CharField(max_length=255, db_default="", blank=True)
    next_attempt_at = models.DateTimeField(db_default=Now())
    uploaded_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "whatsapp_media"
        verbose_name = _("media file")
        verbose_name_plural = _("media files")
        ordering = ("id",)
        indexes = (
            models.Index(
                fields=("next_attempt_at", "id"),
                condition=models.Q(state="PENDING"),
                name="whatsapp_media_due",
            ),
            models.Index(
                fields=("number", "sha256", "uploaded_at"),
                condition=models.Q(uploaded_at__isnull=False),
                name="whatsapp_media_known",
            ),
            models.Index(  # the nightly sweep asks which files are named
                fields=("file",), condition=~models.Q(file=""), name="whatsapp_media_file"
            ),
        )

    def __str__(self) -> str:
        return self.filename or self.media_id
