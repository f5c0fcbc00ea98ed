"""The inbox, and the way into each conversation. What happens inside one is in ``desk``."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from whatsapp.admin.base import ReadOnlyAdmin, act_on
from whatsapp.admin.conversation_filters import (
    AssigneeFilter,
    BoxFilter,
    NumberFilter,
    PriorityFilter,
    TagFilter,
)
from whatsapp.admin.desk import boxes, doors, pages
from whatsapp.admin.desk.urls import desk_urls
from whatsapp.admin.veil import veiled
from whatsapp.models import Conversation
from whatsapp.services import conversations
from whatsapp.services.dialogue import conversation_search
from whatsapp.services.shared import visibility


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """The list looks after itself: it asks for its rows again every few seconds."""

    conversation_path = ""

    list_display = ("contact",)
    list_filter = (BoxFilter, AssigneeFilter, PriorityFilter, NumberFilter, TagFilter)
    search_fields = ("contact__profile_name",)  # says that there is a search; see below
    ordering = ("-last_message_at", "-id")
    actions = ("assign_to_me", "resolve", "archive")
    change_list_template = "admin/whatsapp/conversation/inbox.html"

    def get_urls(self) -> list[URLPattern]:
        return [*veiled(desk_urls(self.admin_site)), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        return self.visible(request, boxes.with_details(Conversation.objects.all()))

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        words = search_term.strip()
        if not words:
            return queryset, False
        reads = visibility.reads(user=request.user)
        return conversation_search.matching(rows=queryset, words=words, reads=reads), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the inbox; to the page itself, only its rows and counts."""
        now = timezone.now()
        chosen = BoxFilter.chosen(request)
        extra = {
            "boxes": boxes.boxes(chosen=chosen, user=request.user, now=now),
            "box": chosen,
            "now": now,
            "title": _("Conversations"),
            **(extra_context or {}),
        }
        answer = super().changelist_view(request, extra)
        if doors.is_htmx(request) and hasattr(answer, "template_name"):
            answer.template_name = "admin/whatsapp/conversation/inbox_rows.html"
        return answer

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the conversation page in place of a form."""
        return pages.show(request, doors.whole(object_id))

    def has_assign_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(doors.ASSIGN)

    def has_reply_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(doors.REPLY)

    def has_archive_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(doors.ARCHIVE)

    @admin.action(description=gettext_lazy("Assign to me"), permissions=["assign"])
    def assign_to_me(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> None:
        me = request.user.pk
        act_on(
            request,
            queryset,
            lambda pk: conversations.assign(conversation_id=pk, user_id=me, by_id=me),
            done=_("Assigned to you"),
        )

    @admin.action(description=gettext_lazy("Resolve"), permissions=["reply"])
    def resolve(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> None:
        me = request.user.pk
        act_on(
            request,
            queryset,
            lambda pk: conversations.resolve(conversation_id=pk, by_id=me),
            done=_("Conversations resolved"),
        )

    @admin.action(description=gettext_lazy("Archive"), permissions=["archive"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> None:
        me = request.user.pk
        act_on(
            request,
            queryset,
            lambda pk: conversations.archive(conversation_id=pk, by_id=me),
            done=_("Conversations archived"),
        )
