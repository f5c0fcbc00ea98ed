"""The people who work with the ERP."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person may do on WhatsApp; empty for those who only use the ERP."""

    NONE = "", _("ERP only")
    USER = "user", _("Agent")
    ADMIN = "admin", _("Supervisor")


class User(AbstractUser):
    """A member of staff. ``role`` puts the person into the groups of ``staff.services``."""

    role = models.CharField(
        _("role"), max_length=10, choices=Role.choices, default=Role.NONE, blank=True
    )
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=[("en", "English"), ("ro", "Română")], default="ro"
    )

    class Meta:
        db_table = "users"
        verbose_name = _("user")
        verbose_name_plural = _("users")
