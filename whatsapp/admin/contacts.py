"""People on WhatsApp."""

from __future__ import annotations

from django.contrib import admin

from whatsapp.admin.base import ReadOnlyAdmin
from whatsapp.models import Contact


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "phone", "username", "customer", "language", "marketing_consent")
    list_filter = ("marketing_consent", "language")
    list_select_related = ("customer",)
    search_fields = ("phone", "profile_name", "username", "wa_id", "bsuid")
    fields = (
        ("profile_name", "username"),
        ("phone", "wa_id", "bsuid"),
        "customer",
        ("language", "has_whatsapp"),
        ("marketing_consent", "consent_changed_at", "consent_source"),
        "merged_into",
    )
