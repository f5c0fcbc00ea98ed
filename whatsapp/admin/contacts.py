"""People on WhatsApp: whose contact it is, and in which language to write."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from whatsapp.admin.veil import VeiledAdmin
from whatsapp.conf import whatsapp_settings
from whatsapp.domain import phone as phones
from whatsapp.errors import InvalidPhoneError
from whatsapp.models import Contact
from whatsapp.services.contacts import people
from whatsapp.services.shared import visibility


@admin.register(Contact)
class ContactAdmin(VeiledAdmin):
    """What WhatsApp tells is read; what a person knows better is written through the service."""

    list_display = ("__str__", "phone", "username", "customer", "language", "marketing_consent")
    list_filter = (
        "marketing_consent",
        "language",
        ("merged_into", admin.EmptyFieldListFilter),
    )
    list_select_related = ("customer",)
    search_fields = ("phone", "profile_name", "username", "wa_id", "bsuid")
    raw_id_fields = ("customer",)
    show_full_result_count = False
    fields = (
        ("profile_name", "username"),
        ("phone", "wa_id", "bsuid"),
        "known_before",
        "customer",
        "language",
        "has_whatsapp",
        ("marketing_consent", "consent_changed_at", "consent_source"),
        "merged_into",
        "merges",
    )
    readonly_fields = (
        "profile_name",
        "username",
        "phone",
        "wa_id",
        "bsuid",
        "known_before",
        "has_whatsapp",
        "marketing_consent",
        "consent_changed_at",
        "consent_source",
        "merged_into",
        "merges",
    )

    @admin.display(description=_("known before by"))
    def known_before(self, contact: Contact) -> str:
        return ", ".join(map(str, contact.aliases.all())) or "–"

    @admin.display(description=_("merges"))
    def merges(self, contact: Contact) -> SafeString | str:
        """Show who turned out to be this person, each with its evidence a click away."""
        rows = contact.merges.select_related("absorbed")
        page = "admin:whatsapp_contactmerge_change"
        lines = ((reverse(page, args=[row.pk]), row.absorbed, row.source) for row in rows)
        return format_html_join(", ", '<a href="{}">{} ({})</a>', lines) or "–"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Contact], search_term: str
    ) -> tuple[QuerySet[Contact], bool]:
        """Find a number in any spelling: ``0712 345 678``, ``0040.712…``, Meta's own.

        For who may not see numbers digits are only a BSUID, and a whole one.
        """
        if not request.user.has_perm(visibility.SEES_PHONES):
            if any(map(str.isnumeric, search_term)):
                return queryset.filter(bsuid=search_term.strip()), False
            return super().get_search_results(request, queryset, search_term)
        try:
            phone = phones.normalize(search_term, region=whatsapp_settings().phone_region)
        except InvalidPhoneError:
            return super().get_search_results(request, queryset, search_term)
        known = Contact.objects.with_number(phone)
        return queryset.filter(pk__in=known.values("pk")), False

    def log_change(self, request: HttpRequest, obj: Contact, message: Any) -> LogEntry:
        """Name it as its reader may see it: the start page, which is not ours, shows it."""
        entry = super().log_change(request, obj, message)
        entry.object_repr = visibility.without_phones(entry.object_repr, user=request.user)
        entry.save(update_fields=["object_repr"])
        return entry

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        """Say it so, too: whichever page comes next shows it."""
        said = mark_safe(visibility.without_phones(conditional_escape(message), user=request.user))
        super().message_user(request, said, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        people.describe(contact_id=obj.pk, customer_id=obj.customer_id, language=obj.language)
