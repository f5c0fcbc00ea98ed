"""The parts of the conversation page that follow the rows by themselves.

Each has a key made of what it shows. The page sends the keys it has; parts whose key differs are
sent along with any answer, so that whatever a colleague does shows within one beat.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from whatsapp.admin.desk import doors, picker
from whatsapp.domain.conversation import ConversationPriority, ConversationStatus, window_open
from whatsapp.models import Conversation, ConversationNote
from whatsapp.services.dialogue import agents, threads
from whatsapp.services.sending import senders

Context = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A conversation as one agent sees it now."""

    request: HttpRequest
    conversation: Conversation
    now: datetime
    last_inbound_at: datetime | None

    @property
    def window_open(self) -> bool:
        return window_open(last_inbound_at=self.last_inbound_at, now=self.now)

    @property
    def may(self) -> Mapping[str, bool]:
        """What the agent may do, by short names for the templates."""
        return doors.may(self.request)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A piece of the page: the key of what it shows, and what its template needs."""

    name: str
    key: str
    context: Callable[[], Context]

    def render(self, scene: Scene, *, oob: bool = False) -> SafeString:
        """Draw it; ``oob`` lets htmx put it where the old one is."""
        context = {
            "part": self,
            "template": f"admin/whatsapp/desk/{self.name}.html",
            "oob": oob,
            "conversation": scene.conversation,
            "may": scene.may,
            "now": scene.now,
            **self.context(),
        }
        return render_to_string("admin/whatsapp/desk/part.html", context, scene.request)


def scene_of(request: HttpRequest, conversation: Conversation) -> Scene:
    """Look at a conversation: the window counts what the customer wrote in any of theirs."""
    newest = threads.last_inbound_at(
        number_id=conversation.number_id, contact_id=conversation.contact_id
    )
    return Scene(
        request=request, conversation=conversation, now=timezone.now(), last_inbound_at=newest
    )


def parts_of(scene: Scene) -> list[Part]:
    """Name the parts with their keys; nothing is drawn yet."""
    row = scene.conversation
    notes = list(
        ConversationNote.objects.filter(conversation=row).select_related("author").order_by("-id")
    )
    minute = int(scene.now.timestamp()) // 60
    archived = row.status == ConversationStatus.ARCHIVED
    return [
        Part(
            name="state",
            key=_key(row.status, row.assigned_to_id, row.waiting_since, minute),
            context=lambda: {
                "last_inbound_at": scene.last_inbound_at,
                "paused": senders.look(number_ids=[row.number_id])[0].needs_a_look,
            },
        ),
        Part(
            name="facts",
            key=_key(row.status, row.assigned_to_id, row.priority, *row.tags),
            context=lambda: {
                "agents": agents.answering(),
                "suggested": None if row.assigned_to_id else agents.suggest(),
                "priorities": [
                    (level.value, pgettext("conversation", level.value.title()))
                    for level in ConversationPriority
                ],
            },
        ),
        Part(
            name="notes",
            key=_key(*(note.pk for note in notes)),
            context=lambda: {"notes": notes},
        ),
        Part(
            name="composer",
            key=_key(archived, scene.window_open),
            context=lambda: {
                "archived": archived,
                "successor": _successor_of(row) if archived else None,
                "window_open": scene.window_open,
                "templates": picker.templates_of(row),
            },
        ),
    ]


def _successor_of(archived: Conversation) -> int | None:
    """Find the conversation in which the customer writes now."""
    current = threads.current_id(
        conversation_id=archived.pk
    )  # another one if the contact was merged away
    if current != archived.pk:
        return current
    rows = Conversation.objects.live().filter(
        number=archived.number_id, contact=archived.contact_id
    )
    return rows.values_list("pk", flat=True).first()


def _key(*values: object) -> str:
    return f"{zlib.crc32(repr(values).encode()):08x}"
