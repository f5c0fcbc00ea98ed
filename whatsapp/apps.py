"""Starts the app: registers the checks, connects the receivers, nothing else."""

from __future__ import annotations

from django.apps import AppConfig


class WhatsAppConfig(AppConfig):
    name = "whatsapp"
    verbose_name = "WhatsApp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from whatsapp import checks, receivers  # models must be loaded first
        from whatsapp.services import approved_templates

        checks.register()
        receivers.connect()
        approved_templates.watch()
