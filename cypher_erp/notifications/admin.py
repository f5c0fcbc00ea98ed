"""Notifications in the admin: to be read, and marked as read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cypher_erp.notifications import mails, services
from cypher_erp.notifications.models import CustomerMail, Level, Notification
from cypher_erp.screens import ModelAdmin, badge
from cypher_erp.staff.models import Role, User


class UnreadFilter(admin.SimpleListFilter):
    title = _("reading")
    parameter_name = "unread"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Not read yet")), ("no", _("Already read"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Notification]
    ) -> QuerySet[Notification]:
        match self.value():
            case "yes":
                return queryset.filter(read_at__isnull=True)
            case "no":
                return queryset.filter(read_at__isnull=False)
            case _:
                return queryset


@admin.register(Notification)
class NotificationAdmin(ModelAdmin[Notification]):
    list_display = ["subject", "importance", "user", "updated_at", "read_at", "page"]
    list_filter = [UnreadFilter, "level", "updated_at"]
    list_select_related = ["user"]
    search_fields = ["subject", "body"]
    actions = ["mark_read"]
    fields = [
        "subject",
        "body",
        "importance",
        "page",
        "user",
        "created_at",
        "updated_at",
        "read_at",
    ]

    class Media:
        css = {"all": ["erp/admin.css"]}

    @admin.display(description=_("level"), ordering="level")
    def importance(self, notification: Notification) -> SafeString:
        return badge(state=notification.level, label=Level(notification.level).label)

    @admin.display(description=_("page"))
    def page(self, notification: Notification) -> SafeString | str:
        if not notification.url:
            return ""
        return format_html('<a href="{}">{}</a>', notification.url, _("Open the page"))

    @admin.action(description=_("Mark as read"), permissions=["view"])
    def mark_read(self, request: HttpRequest, chosen: QuerySet[Notification]) -> None:
        ids = list(chosen.values_list("pk", flat=True))
        count = services.mark_read(notification_ids=ids)
        done = ngettext("%(n)d marked as read.", "%(n)d marked as read.", count)
        self.message_user(request, done % {"n": count}, messages.SUCCESS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        """One's own, and for supervisors what is meant for all of them."""
        user = request.user
        own = Q(user_id=user.pk)
        supervises = isinstance(user, User) and (user.is_superuser or user.role == Role.ADMIN)
        return super().get_queryset(request).filter(own | Q(user=None) if supervises else own)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Notification | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Notification | None = None) -> bool:
        return False


@admin.register(CustomerMail)
class CustomerMailAdmin(ModelAdmin[CustomerMail]):
    list_display = ["subject", "customer", "address", "created_at", "sent_at", "attempts", "error"]
    list_filter = ["sent_at", "created_at"]
    list_select_related = ["customer"]
    search_fields = ["subject", "address", "customer__name"]
    actions = ["send_again"]

    @admin.action(description=_("Send again what failed"), permissions=["view"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[CustomerMail]) -> None:
        for mail_id in chosen.values_list("pk", flat=True):
            mails.send_again(mail_id=mail_id)
        self.message_user(request, _("To be sent again."), messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: CustomerMail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CustomerMail | None = None) -> bool:
        return False
