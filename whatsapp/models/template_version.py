"""What a template said, when, by whom, and what Meta made of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class VersionSource(models.TextChoices):
    """Where a text comes from."""

    HERE = "HERE", _("here")
    META = "META", _("Meta")


class TemplateVersion(models.Model):
    """One text of a template; the newest is the template's own. Only ``status`` and what belongs to
    it change afterwards: the status it has, or had when the next one took its place.
    """

    template = models.ForeignKey(
        "whatsapp.Template",
        on_delete=models.CASCADE,
        related_name="versions",
        db_index=False,  # the constraint's serves
    )
    number = models.PositiveIntegerField(_("version"))
    category = models.CharField(_("category"), max_length=32)
    parameter_format = models.CharField(_("parameter format"), max_length=16)
    components = models.JSONField(_("components"))
    source = models.CharField(_("from"), max_length=8, choices=VersionSource)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("author"),
    )
    status = models.CharField(_("status"), max_length=32)
    reason = models.CharField(_("reason"), max_length=255, db_default="", blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True)
    # Meta's times, or when we heard
    approved_at = models.DateTimeField(null=True, blank=True)
    status_changed_at = models.DateTimeField(null=True, blank=True)
    edits_approved = models.BooleanField(db_default=False, default=False)  # Meta counts those

    class Meta:
        db_table = "whatsapp_template_versions"
        verbose_name = _("template version")
        verbose_name_plural = _("template versions")
        ordering = ("template", "-number")
        constraints = (
            models.UniqueConstraint(
                fields=("template", "number"), name="whatsapp_template_version_number"
            ),
        )
        default_permissions = ()  # who may see the template may see what it said

    def __str__(self) -> str:
        return f"{self.template} {self.number}"
