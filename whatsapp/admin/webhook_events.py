"""What Meta told us, as it came, and what became of it."""

from __future__ import annotations

import json

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from whatsapp.admin.base import ReadOnlyAdmin
from whatsapp.models import WebhookEvent
from whatsapp.services import webhook_events


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = (
        "received_at",
        "field",
        "idempotency_key",
        "status",
        "outcome",
        "attempts",
        "error",
    )
    list_filter = ("status", "outcome", "field")
    search_fields = ("idempotency_key",)
    fields = (
        ("status", "outcome", "attempts"),
        "error",
        ("received_at", "processed_at", "next_attempt_at"),
        "idempotency_key",
        "readable_payload",
    )
    actions = ("replay",)

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
    def replay(self, request: HttpRequest, queryset: QuerySet[WebhookEvent]) -> None:
        count = webhook_events.replay(event_ids=list(queryset.values_list("pk", flat=True)))
        messages.success(request, _("Events to be processed again: %(n)d.") % {"n": count})
