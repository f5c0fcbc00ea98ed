"""Receivers of the ERP's that failed at one of our signals."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from whatsapp.admin.base import ReadOnlyAdmin
from whatsapp.models import SignalFailure
from whatsapp.services.shared import announce


@admin.register(SignalFailure)
class SignalFailureAdmin(ReadOnlyAdmin):
    list_display = ("failed_at", "signal", "receiver", "error", "attempts", "succeeded_at")
    list_filter = ("signal", ("succeeded_at", admin.EmptyFieldListFilter))
    fields = (
        ("signal", "receiver"),
        "ids",
        "error",
        ("attempts", "failed_at", "succeeded_at"),
    )
    actions = ("call_again",)

    def has_repeat_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.repeat_signalfailure")

    @admin.action(description=gettext_lazy("Call again"), permissions=["repeat"])
    def call_again(self, request: HttpRequest, queryset: QuerySet[SignalFailure]) -> None:
        rows = [announce.repeat(failure_id=pk) for pk in queryset.values_list("pk", flat=True)]
        failed = [row for row in rows if row.succeeded_at is None]
        for row in failed:
            messages.error(request, f"{row}: {row.error}")
        if count := len(rows) - len(failed):
            messages.success(request, _("Receivers that succeeded: %(n)d.") % {"n": count})
