"""The thread's messages: the newest page, the page before, what is new, what looks different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from whatsapp.admin.desk.bubbles import Bubble
from whatsapp.domain.amendments import UNTOUCHED
from whatsapp.gateway import details
from whatsapp.models import Message, MessageAttempt
from whatsapp.models.message import AMENDMENTS, MessageQuerySet
from whatsapp.services.dialogue import amendments

PAGE = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Bubbles, oldest first. ``older`` begins the next page back; ``newest`` is the last row."""

    bubbles: tuple[Bubble, ...]
    older: int | None = None
    newest: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What came after ``newest`` was last seen, and what changed among the bubbles on the page."""

    added: tuple[Bubble, ...]
    changed: tuple[Bubble, ...]
    newest: int


def page(conversation_id: int, *, before: Message | None = None) -> Page:
    """Read a page of the thread: the newest, or the one that ends before a message."""
    rows = _detailed(conversation_id)
    if before is not None:
        at = before.happened_at
        rows = rows.filter(Q(happened_at__lt=at) | Q(happened_at=at, pk__lt=before.pk))
    found = amendments.complete(rows.order_by("-happened_at", "-id")[: PAGE + 1])
    shown = found[:PAGE][::-1]
    return Page(
        bubbles=tuple(_dress(shown)),
        older=shown[0].pk if len(found) > PAGE else None,
        newest=max((message.pk for message in shown), default=0),
    )


def news(conversation_id: int, *, after: int, seen: Mapping[int, str]) -> News:
    """Read what is new; ``seen`` are the states of bubbles that may have changed, by id.

    A conversation's rows are written under its lock, so their ids become visible in order.
    """
    rows = _detailed(conversation_id)
    new = amendments.complete(rows.filter(pk__gt=after).order_by("happened_at", "id")[:PAGE])
    touched = {row.reply_to_id or 0 for row in new if _hangs(row)}
    again = list(rows.filter(pk__in=touched.union(seen)).order_by("id")) if seen or touched else []
    return News(
        added=tuple(_dress(new)),
        changed=tuple(
            bubble
            for bubble in _dress(again)
            if bubble.message.pk in touched or bubble.state != seen[bubble.message.pk]
        ),
        newest=max((message.pk for message in new), default=after),
    )


def _detailed(conversation_id: int) -> MessageQuerySet:
    rows = Message.objects.filter(conversation_id=conversation_id)
    return rows.select_related("media", "reply_to", "user", "template", "order_notice")


def _dress(messages: Sequence[Message]) -> list[Bubble]:
    """Give the bubbles, each with what hangs on it; what hangs on another is none itself."""
    rows = [row for row in messages if not _hangs(row)]
    shown = {row.pk: row for row in rows}
    quoted = {row.reply_to.pk: row.reply_to for row in rows if row.reply_to}
    became = amendments.of((quoted | shown).values())
    surprises = _surprises([row.pk for row in rows])
    return [
        Bubble(
            message=row,
            details=details.read(row.content),
            amended=became.get(row.pk, UNTOUCHED),
            quoted=became.get(row.reply_to_id or 0, UNTOUCHED),
            surprises=surprises.get(row.pk, ()),
        )
        for row in rows
    ]


def _hangs(message: Message) -> bool:
    """Whether it is shown on another message: a reaction, an edit, a deletion."""
    return message.message_type in AMENDMENTS and message.reply_to_id is not None


def _surprises(message_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Read which messages Meta took twice, and how the attempts too many ended."""
    if not message_ids:
        return {}
    rows = MessageAttempt.objects.surprises().filter(message_id__in=message_ids)
    found: dict[int, tuple[str, ...]] = {}
    for message_id, outcome in rows.order_by("attempt").values_list("message_id", "outcome"):
        found[message_id] = (*found.get(message_id, ()), outcome)
    return found
