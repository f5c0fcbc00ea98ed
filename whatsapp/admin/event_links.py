"""From an event to the message it made, and from a message to what Meta told about it."""

from __future__ import annotations

from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from whatsapp.models import Message
from whatsapp.services.events import event_view


def link_to_message(message: Message | None) -> SafeString | str:
    """Lead to the message, and to its conversation if it is in one; '' without a message."""
    if message is None:
        return ""
    page = reverse("admin:whatsapp_message_change", args=[message.pk])
    link = format_html('<a href="{}">{}</a>', page, message.preview(length=40))
    if message.conversation_id is None:
        return link
    thread = reverse("admin:whatsapp_conversation_change", args=[message.conversation_id])
    return format_html('{} · <a href="{}">{}</a>', link, thread, message.conversation)


def links_to_events(message: Message) -> SafeString:
    """A line for each thing Meta told about the message."""
    rows = (
        (
            reverse("admin:whatsapp_webhookevent_change", args=[event.pk]),
            event.idempotency_key.partition(":")[0],
            event.idempotency_key.rpartition(":")[2]
            if event.idempotency_key.startswith("status:")
            else "",
            localize(localtime(event.received_at)),
            event.outcome or event.status,
        )
        for event in event_view.events_of(message)
    )
    return format_html_join("", '<div><a href="{}">{} {}</a> · {} · {}</div>', rows)
