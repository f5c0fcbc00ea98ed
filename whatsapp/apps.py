"""Starts the app: registers the checks and connects the order receivers, nothing else."""

from __future__ import annotations

from django.apps import AppConfig


class WhatsAppConfig(AppConfig):
    name = "whatsapp"
    verbose_name = "WhatsApp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from whatsapp import checks, receivers  # models must be loaded first

        checks.register()
        receivers.connect()
