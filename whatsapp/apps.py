"""Starts the app: registers the checks and connects the order receivers; little else."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.postgres.indexes import OpClass
from django.db.models import OrderBy
from django.db.models.functions import Collate
from django.db.models.indexes import IndexExpression


class WhatsAppConfig(AppConfig):
    name = "whatsapp"
    verbose_name = "WhatsApp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from whatsapp import checks, receivers  # models must be loaded first
        from whatsapp.services.templating import approved_templates

        # as django.contrib.postgres does, which the host need not list
        IndexExpression.register_wrappers(OrderBy, OpClass, Collate)
        checks.register()
        receivers.connect()
        approved_templates.watch()
