"""People on WhatsApp: whose contact it is, and in which language to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from whatsapp.models import Contact
from whatsapp.services import people

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Contact]
else:
    _ModelAdmin = admin.ModelAdmin


@admin.register(Contact)
class ContactAdmin(_ModelAdmin):
    """What WhatsApp tells is read; what a person knows better is written through the service."""

    list_display = ("__str__", "phone", "username", "customer", "language", "marketing_consent")
    list_filter = ("marketing_consent", "language")
    list_select_related = ("customer",)
    search_fields = ("phone", "profile_name", "username", "wa_id", "bsuid")
    raw_id_fields = ("customer",)
    show_full_result_count = False
    fields = (
        ("profile_name", "username"),
        ("phone", "wa_id", "bsuid"),
        "customer",
        "language",
        "has_whatsapp",
        ("marketing_consent", "consent_changed_at", "consent_source"),
        "merged_into",
    )
    readonly_fields = (
        "profile_name",
        "username",
        "phone",
        "wa_id",
        "bsuid",
        "has_whatsapp",
        "marketing_consent",
        "consent_changed_at",
        "consent_source",
        "merged_into",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        people.describe(contact_id=obj.pk, customer_id=obj.customer_id, language=obj.language)
