"""The admin site of the ERP."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class ErpAdminSite(AdminSite):
    site_header = _("Cypher ERP")
    site_title = _("Cypher ERP")
    index_title = _("Everything in one place")


class ErpAdminConfig(AdminConfig):
    default_site = "cypher_erp.apps.ErpAdminSite"
