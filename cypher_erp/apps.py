"""The ERP as a whole: its admin site, and what each of its processes sets once."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cypher_erp import times

# The day's work first; what only administrators touch comes last, by name
DAILY = ("whatsapp", "orders", "customers", "quotes", "suppliers", "notifications")


class ErpAdminSite(AdminSite):
    site_header = _("Cypher ERP")
    site_title = _("Cypher ERP")
    index_title = _("Everything in one place")

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Sort the side bar and the index by how often they are needed."""
        apps: list[dict[str, Any]] = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: _place(app["app_label"]))


def _place(label: str) -> int:
    return DAILY.index(label) if label in DAILY else len(DAILY)


class ErpAdminConfig(AdminConfig):
    default_site = "cypher_erp.apps.ErpAdminSite"

    def ready(self) -> None:
        super().ready()
        times.read_fast()
