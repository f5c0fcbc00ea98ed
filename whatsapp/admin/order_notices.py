"""Was the customer told? If not, why not?"""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from whatsapp.admin.base import ReadOnlyAdmin, act_on
from whatsapp.models import OrderNotice
from whatsapp.services import orders


@admin.register(OrderNotice)
class OrderNoticeAdmin(ReadOnlyAdmin):
    list_display = ("order", "told", "created_at", "decided_at")
    list_filter = ("decision", "event", "rule")
    list_select_related = ("order", "message", "rule")
    fields = (
        "order",
        ("event", "occurrence"),
        "told",
        ("decision", "why"),
        ("rule", "planned_at", "fell_back_at"),
        "message",
        ("told_otherwise_at", "told_otherwise_by", "otherwise_error"),
        ("created_at", "decided_at", "next_attempt_at"),
    )
    actions = ("try_again",)

    class Media:
        css = {"all": ["whatsapp/desk.css"]}

    @admin.display(description=gettext_lazy("what the customer was told"))
    def told(self, notice: OrderNotice) -> SafeString:
        """How far the message came, or why there is none: the proof of delivery."""
        return render_to_string("admin/whatsapp/panels/notice.html", {"notice": notice})

    @admin.display(description=gettext_lazy("reason"))
    def why(self, notice: OrderNotice) -> str:
        return notice.why.said(translate=_) or "-"

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.send_message")

    @admin.action(description=gettext_lazy("Decide again"), permissions=["send"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[OrderNotice]) -> None:
        act_on(
            request,
            queryset,
            lambda pk: orders.retry_notice(notice_id=pk),
            done=_("To be decided again"),
        )
