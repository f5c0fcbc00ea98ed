"""The shop's WhatsApp numbers: their account, pace, automatic reply and health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from whatsapp.admin.base import act_on
from whatsapp.models import BusinessNumber
from whatsapp.services import breakers, health

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[BusinessNumber]
    _ModelForm = forms.ModelForm[BusinessNumber]
else:
    _ModelAdmin, _ModelForm = admin.ModelAdmin, forms.ModelForm


class BusinessNumberForm(_ModelForm):
    """The token is written, never shown: an empty field keeps the one that is stored."""

    access_token = forms.CharField(
        label=gettext_lazy("Access token"),
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Leave empty to keep the stored one, or to use the environment's."),
    )

    class Meta:
        model = BusinessNumber
        fields = (
            "name",
            "phone_number_id",
            "display_number",
            "waba_id",
            "is_default",
            "is_active",
            "messages_per_second",
            "auto_reply_text",
            "access_token",
        )

    def clean_access_token(self) -> str:
        typed: str = self.cleaned_data["access_token"].strip()
        return typed or self.instance.access_token


@admin.register(BusinessNumber)
class BusinessNumberAdmin(_ModelAdmin):
    form = BusinessNumberForm
    list_display = (
        "__str__",
        "display_number",
        "quality",
        "health",
        "health_checked_at",
        "messages_per_second",
        "sending",
        "is_default",
        "is_active",
    )
    readonly_fields = ("quality", "health", "health_checked_at", "sending")
    actions = ("check_health", "resume_sending")

    @admin.display(description=gettext_lazy("sending"))
    def sending(self, number: BusinessNumber) -> str:
        return _("held back") if breakers.is_open(number_id=number.pk) else _("running")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # its messages stay; switch it off instead

    @admin.action(description=gettext_lazy("Ask Meta how the numbers are"), permissions=["change"])
    def check_health(self, request: HttpRequest, _queryset: QuerySet[BusinessNumber]) -> None:
        checked = health.check_numbers(now=timezone.now())
        messages.success(request, _("Numbers asked for: %(n)d.") % {"n": checked})

    @admin.action(
        description=gettext_lazy("Resume sending (the account is mended)"), permissions=["change"]
    )
    def resume_sending(self, request: HttpRequest, queryset: QuerySet[BusinessNumber]) -> None:
        act_on(request, queryset, lambda pk: breakers.mend(number_id=pk), done=_("Resumed"))
