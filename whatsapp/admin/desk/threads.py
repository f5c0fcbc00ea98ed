"""The thread's messages: the newest page, the page before, what is new, what looks different."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from whatsapp.admin.desk.bubbles import Bubble
from whatsapp.models import Message, MessageAttempt
from whatsapp.models.message import MessageQuerySet, MessageType

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

    @property
    def incoming(self) -> int:
        return sum(not bubble.mine for bubble in self.added)


def page(conversation_id: int, *, before: Message | None = None) -> Page:
    """Read a page of the thread: the newest, or the one that ends before a message."""
    rows = _detailed(conversation_id)
    if before is not None:
        at = before.happened_at
        rows = rows.filter(Q(happened_at__lt=at) | Q(happened_at=at, pk__lt=before.pk))
    found = list(rows.order_by("-happened_at", "-id")[: PAGE + 1])
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
    new = list(rows.filter(pk__gt=after).order_by("happened_at", "id")[:PAGE])
    touched = {row.reply_to_id or 0 for row in new if _is_reaction(row)}
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


def _dress(messages: Iterable[Message]) -> list[Bubble]:
    """Give the bubbles, each with what hangs on it; a reaction is none itself."""
    rows = [message for message in messages if not _is_reaction(message)]
    ids = [row.pk for row in rows]
    reactions, surprises = _reactions(ids), _surprises(ids)
    return [
        Bubble(
            message=row,
            reactions=reactions.get(row.pk, ()),
            surprises=surprises.get(row.pk, ()),
        )
        for row in rows
    ]


def _is_reaction(message: Message) -> bool:
    is_one = message.message_type == MessageType.REACTION.value
    return is_one and message.reply_to_id is not None


def _reactions(message_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Read each side's last word on each message; taken back, it is gone."""
    if not message_ids:
        return {}
    rows = Message.objects.filter(
        message_type=MessageType.REACTION.value, reply_to_id__in=message_ids
    ).order_by("happened_at", "id")
    last: dict[int, dict[str, str]] = {}
    for target, side, emoji in rows.values_list("reply_to_id", "direction", "message_text"):
        last.setdefault(target or 0, {})[side] = emoji
    return {target: tuple(filter(None, sides.values())) for target, sides in last.items()}


def _surprises(message_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Read which messages Meta took twice, and how the attempts too many ended."""
    if not message_ids:
        return {}
    rows = MessageAttempt.objects.surprises().filter(message_id__in=message_ids)
    found: dict[int, tuple[str, ...]] = {}
    for message_id, outcome in rows.order_by("attempt").values_list("message_id", "outcome"):
        found[message_id] = (*found.get(message_id, ()), outcome)
    return found
