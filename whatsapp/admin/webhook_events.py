"""What Meta told us, as it came, and what became of it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from whatsapp.admin.base import ReadOnlyAdmin
from whatsapp.admin.event_filters import (
    DayFilter,
    FieldFilter,
    NumberFilter,
    OutcomeFilter,
    StatusFilter,
)
from whatsapp.admin.event_links import link_to_message
from whatsapp.admin.veil import VeiledList
from whatsapp.models import WebhookEvent
from whatsapp.services import event_replay, webhook_events
from whatsapp.services.event_replay import MOST
from whatsapp.services.events import event_view

_MADE = "_made"  # where a listed event carries its message


class EventList(VeiledList):
    """A page of events, each with its message: found for all of them at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        made = event_view.messages_of(self.result_list)
        for event in self.result_list:
            setattr(event, _MADE, made.get(event.pk))


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = (
        "received_at",
        "field",
        "idempotency_key",
        "message",
        "status",
        "outcome",
        "attempts",
        "error",
    )
    list_filter = (StatusFilter, OutcomeFilter, FieldFilter, NumberFilter, DayFilter)
    search_fields = ("idempotency_key",)
    search_help_text = gettext_lazy("A message's id at Meta (wamid), or a whole key.")
    fields = (
        ("status", "outcome", "attempts"),
        "error",
        "message",
        ("received_at", "processed_at", "next_attempt_at"),
        ("idempotency_key", "phone_number_id"),
        "readable_payload",
    )
    actions = ("replay",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EventList

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        rows: QuerySet[WebhookEvent] = super().get_queryset(request)
        match = request.resolver_match
        is_list = match is not None and (match.url_name or "").endswith("_changelist")
        return rows.defer("payload") if is_list else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[WebhookEvent], search_term: str
    ) -> tuple[QuerySet[WebhookEvent], bool]:
        """Look whole keys up, in their index; a part of a key would read the table."""
        asked = search_term.strip()
        keys = [asked, *event_view.keys_about(wamid=asked)]
        return (queryset.filter(idempotency_key__in=keys) if asked else queryset), False

    @admin.display(description=gettext_lazy("message"))
    def message(self, event: WebhookEvent) -> SafeString | str:
        """The message it made or moved, in its conversation."""
        if hasattr(event, _MADE):
            return link_to_message(getattr(event, _MADE))
        return link_to_message(event_view.messages_of([event]).get(event.pk))

    @admin.display(description=gettext_lazy("payload"))
    def readable_payload(self, event: WebhookEvent) -> SafeString:
        try:
            text = json.dumps(json.loads(event.payload), indent=2, ensure_ascii=False)
        except ValueError:
            text = event.payload
        text = text.encode("utf-8", "replace").decode().replace("\0", "\\u0000")
        return format_html("<pre>{}</pre>", text)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("whatsapp.replay_webhookevent")

    @admin.action(description=gettext_lazy("Process again"), permissions=["replay"])
    def replay(
        self, request: HttpRequest, queryset: QuerySet[WebhookEvent]
    ) -> TemplateResponse | None:
        """The chosen rows at once; all that match the filter after a page that names the count."""
        if request.POST.get("select_across") != "1":
            ids = list(queryset.values_list("pk", flat=True))
            count = webhook_events.replay(event_ids=ids)
            messages.success(request, _told(count))
            return None
        if "confirmed" not in request.POST:
            return self._ask(request, queryset)
        replayed = event_replay.replay_matching(rows=queryset, after=_number(request, "after"))
        messages.success(request, _told(replayed.count))
        return self._ask(request, queryset, after=replayed.after) if replayed.after else None

    def _ask(
        self, request: HttpRequest, rows: QuerySet[WebhookEvent], *, after: int = 0
    ) -> TemplateResponse:
        """Name how many there are, or are left; each confirmation takes the next part of them."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Process again"),
            "opts": self.opts,
            "count": event_replay.replayable(rows).filter(pk__gt=after).count(),
            "most": MOST,
            "after": after,
            "chosen": request.POST.getlist("_selected_action"),
        }
        return TemplateResponse(request, "admin/whatsapp/webhookevent/replay.html", context)


def _told(count: int) -> str:
    return _("Events to be processed again: %(n)d.") % {"n": count}


def _number(request: HttpRequest, name: str) -> int:
    given = request.POST.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() else 0
