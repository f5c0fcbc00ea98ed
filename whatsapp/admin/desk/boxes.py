"""The boxes of the inbox: what is active, mine, nobody's, unread, overdue; and what rows show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_noop as noop
from django.utils.translation import pgettext

from whatsapp.domain.conversation import ConversationStatus
from whatsapp.models import Conversation, Message
from whatsapp.models.conversation import ACTIVE
from whatsapp.services.dialogue import inbox_counts
from whatsapp.services.shared import visibility

if TYPE_CHECKING:
    Rows = QuerySet[Conversation]

DEFAULT = "active"
STRIP = 60
_active = Q(status__in=ACTIVE)

# name -> what people call it, and which conversations; by the agent and the time
_BOXES: Mapping[str, tuple[str, Callable[[int | None, datetime], Q]]] = {
    "active": (noop("Active"), lambda user_id, now: _active),
    "mine": (noop("Mine"), lambda user_id, now: _active & Q(assigned_to=user_id)),
    "unassigned": (noop("Unassigned"), lambda user_id, now: _active & Q(assigned_to=None)),
    "unread": (noop("Unread"), lambda user_id, now: _active & Q(unread_count__gt=0)),
    "overdue": (noop("Overdue"), lambda user_id, now: _active & Q(response_due_at__lte=now)),
    "resolved": (noop("Resolved"), lambda user_id, now: Q(status=ConversationStatus.RESOLVED)),
    "archived": (noop("Archived"), lambda user_id, now: Q(status=ConversationStatus.ARCHIVED)),
    "all": (noop("All"), lambda user_id, now: Q()),
}
COUNTED = ("active", "mine", "unassigned", "unread", "overdue")


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A tab of the inbox; ``count`` is None where counting would read a whole history."""

    name: str
    label: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Strip:
    """The list beside an open conversation."""

    boxes: tuple[Box, ...]
    box: str
    rows: Sequence[Conversation]
    open_id: int
    now: datetime


def names() -> list[tuple[str, str]]:
    """The boxes' names and what people call them."""
    return [(name, pgettext("inbox", label)) for name, (label, _rule) in _BOXES.items()]


def in_box(rows: Rows, name: str, *, user_id: int | None, now: datetime) -> Rows:
    """Keep what belongs into a box; an unknown name is the default."""
    _label, rule = _BOXES.get(name, _BOXES[DEFAULT])
    return rows.filter(rule(user_id, now))


def boxes(*, chosen: str, user: Any, now: datetime) -> tuple[Box, ...]:
    """List the boxes with what is in the active ones; see ``services.dialogue.inbox_counts``."""

    def count() -> dict[str, int]:
        rows = visibility.visible_conversations(user=user).active()
        found: dict[str, int] = rows.aggregate(
            **{name: Count("pk", filter=_BOXES[name][1](user.pk, now)) for name in COUNTED}
        )
        return found

    counts = inbox_counts.counted(user=user, count=count)
    return tuple(
        Box(name=name, label=label, count=counts.get(name), is_chosen=name == chosen)
        for name, label in names()
    )


def with_details(rows: Rows) -> Rows:
    """Add what a row shows, all in the one query: people, the last tick, Meta's window."""
    last = Message.objects.filter(conversation=OuterRef("pk")).order_by("-happened_at", "-id")
    # Meta's window belongs to number and contact, not to one of their conversations
    siblings = Conversation.objects.order_by().filter(
        number=OuterRef("number"), contact=OuterRef("contact")
    )
    newest = siblings.values("contact").annotate(newest=Max("last_inbound_at")).values("newest")
    held = rows.filter(contact__merged_into=None)  # none that a merge emptied
    return held.select_related("contact__customer", "assigned_to").annotate(
        last_status=Subquery(last.values("delivery_status")[:1]),
        last_type=Subquery(last.values("message_type")[:1]),
        newest_inbound_at=Subquery(newest),
    )


def strip(request: HttpRequest, *, open_id: int, now: datetime) -> Strip:
    """Read the list beside an open conversation: the box the agent came from, newest first."""
    asked = request.GET.get("box", "")
    chosen = asked if asked in _BOXES else DEFAULT
    seen = with_details(visibility.visible_conversations(user=request.user))
    rows = in_box(seen, chosen, user_id=request.user.pk, now=now)
    return Strip(
        boxes=boxes(chosen=chosen, user=request.user, now=now)[: len(COUNTED)],
        box=chosen,
        rows=list(rows.order_by("-last_message_at", "-id")[:STRIP]),
        open_id=open_id,
        now=now,
    )
