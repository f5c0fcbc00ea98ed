"""What the staff should know."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    INFO = "info", _("Info")
    WARNING = "warning", _("Warning")
    CRITICAL = "critical", _("Critical")


class Notification(models.Model):
    """Something one person should know, or all supervisors when ``user`` is empty.

    ``key`` names the trouble: at most one unread notification of it for each reader.
    """

    key = models.CharField(max_length=200, editable=False)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    level = models.CharField(
        _("level"), max_length=10, choices=Level.choices, default=Level.WARNING
    )
    url = models.CharField(_("page"), max_length=500, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
        verbose_name=_("for"),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now, editable=False)
    read_at = models.DateTimeField(_("read at"), null=True, editable=False)

    class Meta:
        db_table = "notifications"
        ordering = ["-updated_at", "-id"]
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["key", "user"],
                condition=models.Q(read_at__isnull=True),
                nulls_distinct=False,
                name="notifications_one_open_per_key",
            )
        ]

    def __str__(self) -> str:
        return self.subject


class CustomerMailQuerySet(models.QuerySet["CustomerMail"]):
    """Emails to customers."""

    def unsent(self) -> CustomerMailQuerySet:
        return self.filter(sent_at=None)


class CustomerMail(models.Model):
    """An email to a customer; ``key`` names what it says, which is said once."""

    key = models.CharField(max_length=200, unique=True, editable=False)
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.SET_NULL,
        null=True,
        related_name="mails",
        verbose_name=_("customer"),
    )
    address = models.EmailField(_("address"))
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = CustomerMailQuerySet.as_manager()

    class Meta:
        db_table = "customer_mails"
        ordering = ["-id"]
        verbose_name = _("email to a customer")
        verbose_name_plural = _("emails to customers")
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(sent_at__isnull=True),
                name="customer_mails_due",
            )
        ]

    def __str__(self) -> str:
        return self.subject
