"""What is still to be sent, and what needs somebody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from whatsapp.admin.base import ChoiceFilter, ReadOnlyAdmin, act_on
from whatsapp.admin.queue_words import (
    kind_in_words,
    moment,
    priority_in_words,
    reason_in_words,
    why_in_words,
)
from whatsapp.domain.retry import Priority
from whatsapp.models import OutboxItem
from whatsapp.models.outbox import WAITING, OutboxState
from whatsapp.services import messages as message_service
from whatsapp.services.sending.queue_view import Why

_TROUBLE = (OutboxState.FAILED.value, OutboxState.HELD.value, OutboxState.UNCONFIRMED.value)
_LEAVING = (OutboxState.CLAIMED.value, *WAITING)


class BoxFilter(admin.SimpleListFilter):
    """What needs somebody comes first: a million rows that are due are nobody's reading."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        troubles = [(state, why_in_words(Why(state.lower()))) for state in _TROUBLE]
        return [*troubles, ("leaving", _("still to be sent")), ("scheduled", _("scheduled"))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Name what is shown when nothing is chosen; Django calls it All."""
        first, *others = super().choices(changelist)
        yield {**first, "display": _("needs somebody")}
        yield from others

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[OutboxItem]
    ) -> QuerySet[OutboxItem]:
        chosen = self.value()
        if chosen == "leaving":
            return queryset.filter(state__in=_LEAVING)
        if chosen == "scheduled":
            return queryset.filter(state__in=WAITING, message__send_at__gt=timezone.now())
        return queryset.filter(state__in=[chosen] if chosen in _TROUBLE else _TROUBLE)


class PriorityFilter(ChoiceFilter):
    title = gettext_lazy("kind")
    parameter_name = field = "priority"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(each.value), priority_in_words(each)) for each in Priority]


@admin.register(OutboxItem)
class OutboxItemAdmin(ReadOnlyAdmin):
    conversation_path = "message__conversation"
    list_display = ("what", "standing", "why", "age", "contact", "shown_text", "retries")
    list_filter = (BoxFilter, PriorityFilter, "number")
    list_select_related = ("message__order_notice__order", "contact", "number")
    ordering = ("state", "id")  # as the index of troubles has them
    actions = ("send_again", "dismiss", "call_back")

    @admin.display(description=gettext_lazy("kind"), ordering="priority")
    def what(self, item: OutboxItem) -> str:
        """A reply, a broadcast, or the notice of which order."""
        words = kind_in_words(kind=item.kind, priority=item.priority)
        notice = getattr(item.message, "order_notice", None)
        return f"{words}: {notice.order}" if notice and notice.order else words

    @admin.display(description=gettext_lazy("text"))
    def shown_text(self, item: OutboxItem) -> str:
        return item.message.preview(length=40)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, item: OutboxItem) -> str:
        """Where it stands; what is put off tells until when."""
        now = timezone.now()
        if item.state == OutboxState.CLAIMED:
            return why_in_words(Why.IN_FLIGHT)
        if item.state != OutboxState.PENDING:
            return why_in_words(Why(item.state.lower()))
        if item.next_attempt_at <= now:
            return why_in_words(Why.DUE)
        return _("waits until %(when)s") % {"when": moment(item.next_attempt_at, now=now)}

    @admin.display(description=gettext_lazy("reason"))
    def why(self, item: OutboxItem) -> str:
        return reason_in_words(item.reason)

    @admin.display(description=gettext_lazy("since"), ordering="created_at")
    def age(self, item: OutboxItem) -> str:
        return timesince(item.departed_at or item.created_at, depth=1)

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

    @admin.action(description=gettext_lazy("Call back what still waits"), permissions=["send"])
    def call_back(self, request: HttpRequest, queryset: QuerySet[OutboxItem]) -> None:
        of_row = dict(queryset.values_list("pk", "message_id"))
        act_on(
            request,
            queryset,
            lambda pk: message_service.cancel(message_id=of_row[pk]),
            done=_("Called back"),
        )
