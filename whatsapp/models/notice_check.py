"""How a rule fared when it was last tried on the newest orders."""

from __future__ import annotations

from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _


class NoticeCheck(models.Model):
    """One row per rule. ``problems`` are ``{"text", "values", "count", "order"}``, worst first.

    ``told`` is of what the staff were told: the same trouble is told once.
    """

    rule = models.OneToOneField(
        "whatsapp.NoticeRule",
        verbose_name=_("notice rule"),
        on_delete=models.CASCADE,
        related_name="last_check",
    )
    checked_at = models.DateTimeField(_("checked at"))
    looked_at = models.PositiveSmallIntegerField(_("orders looked at"), default=0, db_default=0)
    sound = models.PositiveSmallIntegerField(_("sound"), default=0, db_default=0)
    failed = models.PositiveSmallIntegerField(_("would fail"), default=0, db_default=0)
    problems = models.JSONField(
        _("problems"), default=list, db_default=Value([], models.JSONField())
    )
    told = models.JSONField(default=list, db_default=Value([], models.JSONField()))

    class Meta:
        db_table = "whatsapp_notice_checks"
        verbose_name = _("check of a notice rule")
        verbose_name_plural = _("checks of notice rules")
        ordering = ("-failed", "rule_id")

    def __str__(self) -> str:
        return f"{self.rule_id} {self.sound}/{self.looked_at}"
