"""A message template, one row per account, name and language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from whatsapp.domain import template as rules
from whatsapp.domain.template import ParameterFormat, TemplateCategory, TemplateStatus

# Sent where rows are changed without ``save``, which Django tells of itself
rows_changed = Signal()


class TemplateQuerySet(models.QuerySet["Template"]):
    """Templates; the seed's template repository."""

    def present(self) -> TemplateQuerySet:
        """Not deleted at Meta or here."""
        return self.filter(deleted_at=None)

    def approved(self) -> TemplateQuerySet:
        return self.present().filter(status=TemplateStatus.APPROVED.value)

    def update(self, **changes: Any) -> int:
        count = super().update(**changes)
        rows_changed.send(sender=self.model)
        return count

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Template]:
        made = super().bulk_create(*args, **kwargs)
        rows_changed.send(sender=self.model)
        return made


class Template(models.Model):
    """``components`` as Meta takes them; ``status`` is an open list, as Meta's is."""

    waba_id = models.CharField(_("WhatsApp account id"), max_length=64)
    name = models.CharField(_("name"), max_length=512)
    language = models.CharField(_("language"), max_length=16)
    category = models.CharField(
        _("category"),
        max_length=32,
        choices=[(c.value, c.value.title()) for c in TemplateCategory],
        default=TemplateCategory.UTILITY.value,
        db_default=TemplateCategory.UTILITY.value,
    )
    parameter_format = models.CharField(
        _("parameter format"),
        max_length=16,
        choices=[(f.value, f.value.title()) for f in ParameterFormat],
        default=ParameterFormat.NAMED.value,
        db_default=ParameterFormat.NAMED.value,
    )
    components = models.JSONField(_("components"), default=list)
    status = models.CharField(
        _("status"),
        max_length=32,
        default=TemplateStatus.DRAFT.value,
        db_default=TemplateStatus.DRAFT.value,
    )
    rejected_reason = models.CharField(_("reason"), max_length=255, db_default="", blank=True)
    quality = models.CharField(_("quality"), max_length=16, db_default="", blank=True)
    meta_id = models.CharField(max_length=64, db_default="", blank=True, db_index=True)
    # Meta's times; what is older is stale
    status_changed_at = models.DateTimeField(null=True, blank=True)
    category_changed_at = models.DateTimeField(null=True, blank=True)
    quality_changed_at = models.DateTimeField(null=True, blank=True)
    components_changed_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(_("last synced"), null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        db_table = "whatsapp_templates"
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        ordering = ("name", "language", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("waba_id", "name", "language"), name="whatsapp_template_identity"
            ),
        )
        permissions = (("submit_template", "Can submit templates to Meta"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    @property
    def is_approved(self) -> bool:
        """Whether Meta lets it be sent now."""
        return self.deleted_at is None and rules.may_send(self.status)

    def render(self, parameters: Mapping[str, str]) -> rules.Rendered:
        """The text with its parameters; raises TemplateValidationError naming the field."""
        return rules.render(self.components, parameters)
