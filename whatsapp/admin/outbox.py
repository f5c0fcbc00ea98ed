"""What is still to be sent, and what needs a person."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from whatsapp.admin.base import ReadOnlyAdmin, act_on
from whatsapp.models import OutboxItem
from whatsapp.services import messages as message_service


@admin.register(OutboxItem)
class OutboxItemAdmin(ReadOnlyAdmin):
    list_display = (
        "message",
        "kind",
        "state",
        "reason",
        "priority",
        "next_attempt_at",
        "retries",
        "contact",
    )
    list_filter = ("state", "kind", "priority", "number")
    list_select_related = ("message", "contact", "number")
    actions = ("send_again", "dismiss")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.send_message")

    @admin.action(description=gettext_lazy("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxItem]) -> None:
        of_row = dict(queryset.values_list("pk", "message_id"))
        act_on(
            request,
            queryset,
            lambda pk: message_service.retry(message_id=of_row[pk]),
            done=_("Queued again"),
        )

    @admin.action(description=gettext_lazy("Dismiss (it will not be sent)"), permissions=["send"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[OutboxItem]) -> None:
        of_row = dict(queryset.values_list("pk", "message_id"))
        act_on(
            request,
            queryset,
            lambda pk: message_service.dismiss(message_id=of_row[pk]),
            done=_("Dismissed"),
        )
