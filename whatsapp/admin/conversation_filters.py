"""The filters of the inbox: which box, whose, how urgent, to which number, with which tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext

from whatsapp.admin.base import ChoiceFilter
from whatsapp.admin.desk import boxes, people
from whatsapp.domain.conversation import ConversationPriority
from whatsapp.models import BusinessNumber, Conversation
from whatsapp.models.conversation import tagged
from whatsapp.services.dialogue import agents

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

Choices = list[tuple[str, str]]


class BoxFilter(admin.SimpleListFilter):
    """The tabs. Nothing chosen shows what is active; a search looks everywhere."""

    title = gettext_lazy("box")
    parameter_name = "box"

    @classmethod
    def chosen(cls, request: HttpRequest) -> str:
        """The box asked for, or the one an agent expects."""
        known = dict(boxes.names())
        asked = request.GET.get(cls.parameter_name, "")
        if asked in known:
            return asked
        return "all" if request.GET.get("q", "").strip() else boxes.DEFAULT

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return boxes.names()

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Conversation]
    ) -> QuerySet[Conversation]:
        return boxes.in_box(
            queryset, self.chosen(request), user_id=request.user.pk, now=timezone.now()
        )


class AssigneeFilter(ChoiceFilter):
    title = gettext_lazy("agent")
    parameter_name = "agent"
    field = "assigned_to"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [(str(user.pk), people.name_of(user)) for user in agents.answering()]


class PriorityFilter(ChoiceFilter):
    title = gettext_lazy("priority")
    parameter_name = field = "priority"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [
            (level.value, pgettext("conversation", level.value.title()))
            for level in reversed(ConversationPriority)
        ]


class NumberFilter(ChoiceFilter):
    """For shops with several numbers."""

    title = gettext_lazy("number")
    parameter_name = field = "number"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        numbers = [(str(number.pk), str(number)) for number in BusinessNumber.objects.all()]
        return numbers if len(numbers) > 1 else []


class TagFilter(ChoiceFilter):
    """The tags in use on active conversations."""

    title = gettext_lazy("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        rows = Conversation.objects.active().exclude(tags=[]).values_list("tags", flat=True)
        return [(tag, tag) for tag in sorted({tag for tags in rows for tag in tags})]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Conversation]
    ) -> QuerySet[Conversation]:
        chosen = self.value()
        return queryset.filter(tagged(chosen)) if chosen else queryset
