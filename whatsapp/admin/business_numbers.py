"""The shop's WhatsApp numbers: their account, pace, automatic reply and health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from whatsapp.admin.base import act_on
from whatsapp.admin.number_news import News, news_of, standing_in_words
from whatsapp.admin.queue_words import line, sending_in_words
from whatsapp.models import BusinessNumber
from whatsapp.services import health
from whatsapp.services.sending import breakers, queue_view, senders
from whatsapp.services.sending.senders import Sending

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
            "uses_phone_app",
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
        "account_state",
        "health_checked_at",
        "messages_per_second",
        "sending",
        "is_default",
        "is_active",
    )
    readonly_fields = (
        *("verified_name", "name_decision", "username", "quality", "messaging_limit", "throughput"),
        *("account_state", "health", "health_checked_at"),
    )
    actions = ("check_health", "resume_sending")

    class Media:
        css = {"all": ["whatsapp/desk.css"]}

    def get_urls(self) -> list[URLPattern]:
        resume = self.admin_site.admin_view(require_POST(self.resume))
        name = "whatsapp_businessnumber_resume"
        return [path("<int:pk>/resume/", resume, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show above the form whether the number sends, and what waits."""
        context = {
            **(extra_context or {}),
            "queue": self._queue(object_id),
            "news": self._news(object_id),
        }
        return super().change_view(request, object_id, form_url, context)

    def _queue(self, object_id: str) -> dict[str, Any] | None:
        if not object_id.isdecimal():
            return None
        found = queue_view.look(now=timezone.now(), number_id=int(object_id))
        for queue in found:
            return {
                "sender": queue.sender,
                "words": sending_in_words(queue.sender),
                "runs": queue.sender.sending is Sending.RUNNING,
                "lines": [line(each, now=queue.sender.at) for each in queue.waiting],
            }
        return None

    @admin.display(description=gettext_lazy("sending"))
    def sending(self, number: BusinessNumber) -> str:
        (sender,) = senders.look(number_ids=[number.pk])
        return sending_in_words(sender)

    def _news(self, object_id: str) -> list[News]:
        """What Meta told of the number and its account, the newest first."""
        number = (
            BusinessNumber.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        )
        return news_of(number) if number else []

    @admin.display(description=gettext_lazy("account"))
    def account_state(self, number: BusinessNumber) -> str:
        """What Meta holds against the account; a dash for nothing."""
        return standing_in_words(number, now=timezone.now()) or "-"

    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close the breaker because the account is mended, from the number's own page."""
        number = get_object_or_404(BusinessNumber, pk=pk)
        if not self.has_change_permission(request, number):
            raise PermissionDenied
        breakers.mend(number_id=pk)
        messages.success(request, _("%(number)s sends again.") % {"number": number})
        return redirect("admin:whatsapp_businessnumber_change", pk)

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
