"""Everything the app answers, to be included by the host under ``api/v1/whatsapp/``."""

from __future__ import annotations

from django.urls import include, path

from whatsapp.webhooks.view import webhook

app_name = "whatsapp"

urlpatterns = [
    path("webhook", webhook, name="webhook"),
    path("webhook/", webhook),
    path("", include("whatsapp.api.urls")),
]
