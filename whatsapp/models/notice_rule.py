"""Which orders are told of what, how and when: data that the shop edits, not code."""

from __future__ import annotations

from datetime import timedelta

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from whatsapp.domain.notice_rules import LONGEST_DELAY, Conditions


class NoticeRuleQuerySet(models.QuerySet["NoticeRule"]):
    """Rules for order notices."""

    def in_force(self) -> NoticeRuleQuerySet:
        """The active ones, in the order in which they are asked."""
        return self.filter(is_active=True).order_by("event", "position", "id")


def _nothing() -> Value:
    return Value([], models.JSONField())


class NoticeRule(models.Model):
    """The first rule of an event, by position, whose conditions hold for the order tells of it.

    ``parameters`` maps a template's parameters: ``{"total": {"field": "order.total"}}``, with
    ``otherwise`` for an order that has no such thing, or ``{"sign": {"text": "…"}}``.
    """

    name = models.CharField(_("name"), max_length=120)
    event = models.CharField(_("event"), max_length=32)
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    position = models.PositiveSmallIntegerField(
        _("position"),
        default=10,
        db_default=10,
    )
    template = models.CharField(_("template"), max_length=512)
    fallback_template = models.CharField(
        _("fallback template"),
        max_length=512,
        default="",
        db_default="",
        blank=True,
    )
    number = models.ForeignKey(
        "whatsapp.BusinessNumber",
        verbose_name=_("from"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    recipient = models.CharField(
        _("to"), max_length=64, default="customer.phone", db_default="customer.phone"
    )
    delay_minutes = models.PositiveIntegerField(
        _("minutes after the event"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(LONGEST_DELAY)],
    )
    minimum_total = models.DecimalField(
        _("total from"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    maximum_total = models.DecimalField(
        _("total up to"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    couriers = models.JSONField(_("couriers"), default=list, db_default=_nothing(), blank=True)
    customer_groups = models.JSONField(
        _("customer groups"), default=list, db_default=_nothing(), blank=True
    )
    parameters = models.JSONField(
        _("what fills the template"),
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
    )
    other_channel_minutes = models.PositiveIntegerField(
        _("tell otherwise after minutes"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_DELAY)],
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = NoticeRuleQuerySet.as_manager()

    class Meta:
        db_table = "whatsapp_notice_rules"
        verbose_name = _("notice rule")
        verbose_name_plural = _("notice rules")
        ordering = ("event", "position", "id")

    def __str__(self) -> str:
        return self.name

    @property
    def conditions(self) -> Conditions:
        """For which orders it is."""
        return Conditions(
            minimum_total=self.minimum_total,
            maximum_total=self.maximum_total,
            couriers=self.couriers,
            customer_groups=self.customer_groups,
        )

    @property
    def delay(self) -> timedelta:
        """How long after the event the customer is told."""
        return timedelta(minutes=self.delay_minutes)

    @property
    def template_names(self) -> tuple[str, ...]:
        """The template and, if there is one, its fallback."""
        return tuple(name for name in (self.template, self.fallback_template) if name)
