"""Every message, sent or received, with its story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from whatsapp.admin.base import ChoiceFilter, ReadOnlyAdmin, act_on
from whatsapp.admin.desk.doors import DELETED
from whatsapp.admin.event_links import links_to_events
from whatsapp.admin.queue_words import outcome_in_words, twice_in_words
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.models import Message, MessageAttempt
from whatsapp.models.message import MessageType
from whatsapp.services import messages

if TYPE_CHECKING:
    _Inline = admin.TabularInline[MessageAttempt, Message]
else:
    _Inline = admin.TabularInline


class AttemptInline(_Inline):
    """The attempts that did not end in plain acceptance."""

    model = MessageAttempt
    extra = 0
    can_delete = False
    fields = readonly_fields = (
        "attempt",
        "ending",
        "departed_at",
        "error_code",
        "error_text",
        "wamid",
    )

    @admin.display(description=gettext_lazy("outcome"))
    def ending(self, attempt: MessageAttempt) -> str:
        return outcome_in_words(attempt.outcome)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class StatusFilter(ChoiceFilter):
    title = gettext_lazy("status")
    parameter_name = field = "delivery_status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(each.value, pgettext("message", each.value.title())) for each in MessageStatus]


class KindFilter(ChoiceFilter):
    title = gettext_lazy("type")
    parameter_name = field = "message_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(each.value, pgettext("message", each.value.title())) for each in MessageType]


class TwiceFilter(admin.SimpleListFilter):
    """Those that Meta took twice: their attempts are few, and tell which."""

    title = gettext_lazy("sent twice")
    parameter_name = "twice"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("Sent twice"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=MessageAttempt.objects.surprises().values("message_id"))


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    conversation_path = "conversation"
    list_display = ("created_at", "contact", "direction", "shown_text", "status", "error_text")
    list_filter = ("direction", StatusFilter, KindFilter, TwiceFilter, "number")
    list_select_related = ("contact",)
    search_fields = ("phone_number", "external_message_id")
    date_hierarchy = "created_at"
    readonly_fields = ("sent_twice", "told_by_meta")
    inlines = (AttemptInline,)
    actions = ("send_again", "call_back")

    class Media:
        css = {"all": ["whatsapp/desk.css"]}

    @admin.display(description=gettext_lazy("sent twice"))
    def sent_twice(self, message: Message) -> str:
        """Explain it, above the attempts; empty for nearly all."""
        taken = MessageAttempt.objects.surprises().filter(message=message)
        return twice_in_words(set(taken.values_list("outcome", flat=True)))

    @admin.display(description=gettext_lazy("what Meta told"))
    def told_by_meta(self, message: Message) -> SafeString:
        return links_to_events(message)

    def get_readonly_fields(self, request: HttpRequest, obj: Message | None = None) -> list[str]:
        """Show events to those who may see them."""
        names = [str(name) for name in super().get_readonly_fields(request, obj)]
        may_see = request.user.has_perm("whatsapp.view_webhookevent")
        return [name for name in names if may_see or name != "told_by_meta"]

    @admin.display(description=gettext_lazy("status"))
    def status(self, message: Message) -> SafeString:
        """How far it came, as the threads show it."""
        return render_to_string("admin/whatsapp/desk/status.html", {"message": message})

    @admin.display(description=gettext_lazy("text"))
    def shown_text(self, message: Message) -> str:
        deleted = message.is_deleted  # type: ignore[attr-defined]
        return _("deleted") if deleted else message.preview(length=80)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        rows = Message.objects.telling_deleted().order_by(*self.get_ordering(request))
        return self.visible(request, rows)

    def get_exclude(self, request: HttpRequest, obj: Message | None = None) -> tuple[str, ...]:
        """Leave out the words of what its author deleted."""
        if obj is None or not obj.is_deleted or request.user.has_perm(DELETED):  # type: ignore[attr-defined]
            return ()
        return ("message_text", "content")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.send_message")

    @admin.action(description=gettext_lazy("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        act_on(
            request,
            queryset,
            lambda pk: messages.retry(message_id=pk, by_id=request.user.pk),
            done=_("Queued again"),
        )

    @admin.action(description=gettext_lazy("Call back what still waits"), permissions=["send"])
    def call_back(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        act_on(
            request,
            queryset,
            lambda pk: messages.cancel(message_id=pk, by_id=request.user.pk),
            done=_("Called back"),
        )
