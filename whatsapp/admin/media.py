"""Files of messages: which are not here, why, and once more. The desk gives their bytes."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from whatsapp.admin.base import ReadOnlyAdmin, act_on
from whatsapp.models import Media
from whatsapp.services.receiving import media


@admin.register(Media)
class MediaAdmin(ReadOnlyAdmin):
    conversation_path = "message__conversation"
    list_display = ("created_at", "name", "mime_type", "size", "state", "reason", "conversation")
    list_filter = ("state", "number")
    list_select_related = ("message", "number")
    fields = (
        "name",
        ("mime_type", "size"),
        ("state", "attempts", "next_attempt_at"),
        "reason",
        ("number", "media_id"),
        "conversation",
    )
    readonly_fields = ("name", "reason", "conversation")
    actions = ("fetch_again",)

    @admin.display(description=gettext_lazy("file"))
    def name(self, row: Media) -> str:
        return row.filename or f"{_('file')} {row.pk}"

    @admin.display(description=gettext_lazy("error"))
    def reason(self, row: Media) -> str:
        return _(row.error) if row.error else ""

    @admin.display(description=gettext_lazy("conversation"))
    def conversation(self, row: Media) -> str:
        """Where it can be seen."""
        if row.message is None or row.message.conversation_id is None:
            return ""
        address = reverse("admin:whatsapp_conversation_change", args=[row.message.conversation_id])
        return format_html('<a href="{}">{}</a>', address, _("Open the conversation"))

    def has_fetch_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.reply_conversation")

    @admin.action(description=gettext_lazy("Fetch it again"), permissions=["fetch"])
    def fetch_again(self, request: HttpRequest, queryset: QuerySet[Media]) -> None:
        act_on(
            request,
            queryset,
            lambda pk: media.retry(media_id=pk, by_id=request.user.pk),
            done=_("Queued again"),
        )
