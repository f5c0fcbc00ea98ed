"""Every address of the API; each works with and without a trailing slash.

The last route answers what matches none, in our own words; so nothing may be included after it.
"""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path, re_path
from rest_framework.parsers import MultiPartParser

from whatsapp.api.base import UnknownRoute
from whatsapp.api.batches import BatchViewSet
from whatsapp.api.contact_merges import ContactMergeViewSet
from whatsapp.api.conversations import ConversationViewSet, NoteViewSet, ThreadViewSet
from whatsapp.api.events import EventViewSet
from whatsapp.api.gap_checks import GapCheckViewSet
from whatsapp.api.health import HealthView
from whatsapp.api.media import MediaViewSet
from whatsapp.api.messages import MessageViewSet
from whatsapp.api.order_notices import OrderNoticeViewSet
from whatsapp.api.parsers import LARGEST_BATCH, BoundedJSONParser
from whatsapp.api.signal_failures import SignalFailureViewSet
from whatsapp.api.stats import StatsViewSet
from whatsapp.api.templates import TemplateViewSet
from whatsapp.api.webhook_events import WebhookEventViewSet


def _both(route: str, view: Any, *, name: str, **options: Any) -> list[URLPattern]:
    """The route, and the same with a slash, which the schema leaves out."""
    return [
        path(route, view.as_view(**options), name=name),
        path(f"{route}/", view.as_view(**options, schema=None)),
    ]


def _posts(stem: str, viewset: Any, *actions: str, name: str, **options: Any) -> list[URLPattern]:
    """A route for each action, with the action's name at its end."""
    return [
        pattern
        for action in actions
        for pattern in _both(
            f"{stem}/{action}",
            viewset,
            name=f"{name}-{action}",
            actions={"post": action},
            **options,
        )
    ]


def _troubles(stem: str, viewset: Any, *, name: str, repeat: str) -> list[URLPattern]:
    """What failed: the list, one of it, and the action that repeats it."""
    return [
        *_both(stem, viewset, name=f"{name}s", actions=LIST),
        *_both(f"{stem}/<int:pk>", viewset, name=name, actions=SHOW),
        *_posts(f"{stem}/<int:pk>", viewset, repeat, name=name),
    ]


LIST = {"get": "list"}
SHOW = {"get": "retrieve"}

urlpatterns = [
    # first what is asked for most: addresses are tried in turn
    *_both("conversations", ConversationViewSet, name="conversations", actions=LIST),
    *_both("conversations/<int:pk>/messages", ThreadViewSet, name="thread", actions=LIST),
    *_both("messages", MessageViewSet, name="messages", actions=LIST),
    *_posts(
        "messages",
        MessageViewSet,
        *("send", "template", "interactive", "location", "contacts", "reaction", "document"),
        name="messages",
    ),
    *_posts(
        "messages",
        MessageViewSet,
        "media",
        name="messages",
        parser_classes=(MultiPartParser, BoundedJSONParser),
    ),
    *_posts(
        "messages",
        BatchViewSet,
        "batch",
        name="messages",
        largest_body=LARGEST_BATCH,
    ),
    *_both("messages/<int:pk>", MessageViewSet, name="message", actions=SHOW),
    *_posts("messages/<int:pk>", MessageViewSet, "retry", "cancel", name="message"),
    *_both("conversations/<int:pk>", ConversationViewSet, name="conversation", actions=SHOW),
    *_both(
        "conversations/<int:pk>/notes",
        NoteViewSet,
        name="notes",
        actions={"get": "list", "post": "create"},
    ),
    *_posts(
        "conversations/<int:pk>",
        ConversationViewSet,
        *("assign", "resolve", "reopen", "archive", "read", "typing", "priority", "tags"),
        name="conversation",
    ),
    *_both(
        "templates",
        TemplateViewSet,
        name="templates",
        actions={"get": "list", "post": "create"},
    ),
    *_posts("templates", TemplateViewSet, "sync", "check", name="templates"),
    *_posts(
        "templates",
        TemplateViewSet,
        "samples",
        name="templates",
        parser_classes=(MultiPartParser,),
    ),
    *_both(
        "templates/<int:pk>",
        TemplateViewSet,
        name="template",
        actions={
            "get": "retrieve",
            "put": "update",
            "patch": "partial_update",
            "delete": "destroy",
        },
    ),
    *_posts("templates/<int:pk>", TemplateViewSet, "submit", "preview", name="template"),
    *_posts(
        "templates/<int:pk>",
        TemplateViewSet,
        "sample",
        name="template",
        parser_classes=(MultiPartParser,),
    ),
    *_both(
        "templates/<int:pk>/versions",
        TemplateViewSet,
        name="template-versions",
        actions={"get": "versions"},
    ),
    *_troubles("media", MediaViewSet, name="file", repeat="retry"),
    *_both("media/<int:pk>/file", MediaViewSet, name="file-bytes", actions={"get": "file"}),
    *_troubles("order-notices", OrderNoticeViewSet, name="order-notice", repeat="retry"),
    *_both(
        "webhook-events/replay",
        WebhookEventViewSet,
        name="webhook-events-replay",
        actions={"post": "replay_matching"},
    ),
    *_troubles("webhook-events", WebhookEventViewSet, name="webhook-event", repeat="replay"),
    *_troubles("contact-merges", ContactMergeViewSet, name="contact-merge", repeat="undo"),
    *_troubles("signal-failures", SignalFailureViewSet, name="signal-failure", repeat="retry"),
    *_troubles("gap-checks", GapCheckViewSet, name="gap-check", repeat="retry"),
    *_both("events", EventViewSet, name="events", actions={"get": "stream"}),
    *_both("stats", StatsViewSet, name="stats", actions={"get": "show"}),
    *_both("health", HealthView, name="health"),
    re_path(r"", UnknownRoute.as_view(), name="unknown"),
]
