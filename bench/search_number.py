"""Finding by a number as people remember it: of an order, of a phone; and by any part of a text."""

from __future__ import annotations

import re
from datetime import timedelta
from statistics import median

from django.utils import timezone

from bench import reading, seeded
from bench.figures import Figure, at_most, noted
from bench.system import System
from whatsapp.models import Contact, Conversation, Message
from whatsapp.services.dialogue import conversation_search, message_search

PAGE = 50


def run(_: System) -> list[Figure]:
    """Milliseconds of the services, which read the rows, too."""
    seeded.fill()
    messages = Message.objects.select_related("media")
    told = Message.objects.filter(message_text__contains="C-2026-").order_by("-pk")[1000]
    order = re.findall(r"C-2026-\d+", told.message_text)[0]
    inbox = seeded.inbox()
    phone = Contact.objects.order_by("pk")[77].phone or ""

    def conversations(text: str) -> object:
        rows = conversation_search.matching(rows=inbox, words=text)
        return list(rows.order_by("-last_message_at", "-id")[:PAGE])

    now = timezone.now()
    longest = Conversation.objects.order_by("-message_count")[0]
    days = messages.filter(created_at__gte=now - timedelta(days=3), created_at__lt=now)
    work = {
        "order": lambda: message_search.newest(
            rows=messages.standing(), text=f"#{order}", limit=PAGE
        ),
        "phone": lambda: conversations(phone[5:11]),
        "thread_part": lambda: list(
            message_search.containing(
                rows=messages.filter(conversation=longest), text="ransportul"
            )[:PAGE]
        ),
        "period_part": lambda: list(message_search.containing(rows=days, text="ransportul")[:PAGE]),
    }
    goals = {"order": 5, "phone": 5, "thread_part": 50, "period_part": 50}
    found = []
    for name, each in work.items():
        times = reading.timed(each)
        found.append(at_most(f"search_number_{name}", median(times), "ms", goal=goals[name]))
        found.append(noted(f"search_number_{name}_p95", reading.percentile(times, 95), "ms"))
    return found
