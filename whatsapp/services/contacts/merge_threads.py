"""The conversations of two contacts that become one: on each number the older live one goes on.

The other is archived, empty, with the contact that was taken in, so that old links still say where
its messages went. Conversations archived before keep their messages and go to the contact that
stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Max, Min, Q
from django.utils import timezone

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.conversation import ConversationPriority, ConversationStatus, is_active
from whatsapp.models import Conversation, ConversationNote, Message, OutboxItem
from whatsapp.models.change import ChangeKind
from whatsapp.models.message import SILENT, MessageQuerySet
from whatsapp.services.contacts.merge_records import as_json, columns, write
from whatsapp.services.shared import change_log
from whatsapp.services.shared.event_sight import note_handing

LAST = ("last_message_at", "last_message_preview", "last_message_direction")
CALM = {"waiting_since": None, "response_due_at": None}
STATE = (
    *("status", "priority", "tags", "assigned_to_id", "assigned_at", "resolved_at", "archived_at"),
    *("first_response_at", "sla_breached_at", "waiting_since", "response_due_at"),
    *("auto_replied_at", "last_inbound_at", "message_count", "unread_count", *LAST),
)
ARCHIVED = ConversationStatus.ARCHIVED.value


def join(rows: list[Conversation], *, survivor_id: int, absorbed_id: int) -> list[dict[str, Any]]:
    """Bring both contacts' conversations together, which are locked; return how they were."""
    live: dict[int, list[Conversation]] = defaultdict(list)
    for row in rows:
        if row.status != ARCHIVED:
            live[row.number_id].append(row)
    folded = {}  # the one that ends → the one that goes on
    for pair in live.values():
        if len(pair) == 2:
            kept, ended = sorted(pair, key=lambda row: (row.created_at, row.pk))
            folded[ended.pk] = kept
    moved = _lock_messages(absorbed_id, ended_ids=folded)
    record = [
        _as_it_was(row, kept=folded.get(row.pk), messages=moved.get(row.pk, []))
        for row in rows
        if row.contact_id == absorbed_id or row.pk in folded or row in folded.values()
    ]
    for row in rows:
        if row.pk in folded:
            _fold(row, into=folded[row.pk], absorbed_id=absorbed_id)
    for row in rows:
        if row.pk not in folded and row.contact_id == absorbed_id:
            write(row, {"contact_id": survivor_id})
    give(message_ids=[pk for ids in moved.values() for pk in ids], contact_id=survivor_id)
    return [*record, {"id": None, "messages": moved.get(None, [])}]


def give(*, message_ids: list[int], contact_id: int) -> None:
    """Make locked messages, and what waits of them to be sent, a contact's."""
    waiting = OutboxItem.objects.filter(message__in=message_ids)
    list(waiting.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    Message.objects.filter(pk__in=message_ids).update(contact_id=contact_id)
    OutboxItem.objects.filter(message__in=message_ids).update(contact_id=contact_id)


def last_words(conversation: Conversation) -> dict[str, Any]:
    """Read a conversation's last message, and when the customer wrote last."""
    last = Message.objects.thread(conversation.pk).first()
    newest = _asked(conversation).aggregate(at=Max("happened_at"))["at"]
    if last is None:
        return {"last_message_preview": "", "last_message_direction": "", "last_inbound_at": None}
    return {
        "last_message_at": last.happened_at,
        "last_message_preview": last.preview(),
        "last_message_direction": last.direction,
        "last_inbound_at": newest,
    }


def waiting(conversations: Iterable[Conversation]) -> dict[str, datetime | None]:
    """Say since when the customer of these conversations waits for a person's answer.

    An answer in one of them answers all that was asked before it.
    """
    rows = list(conversations)
    answers = Message.objects.sent().filter(conversation__in=rows, user__isnull=False)
    answered = answers.aggregate(at=Max("happened_at"))["at"]
    since = None
    for row in rows:
        if row.waiting_since is None:
            continue
        asked = _asked(row).filter(happened_at__gte=row.waiting_since)
        if answered is not None:
            asked = asked.filter(happened_at__gt=answered)
        first = asked.aggregate(at=Min("happened_at"))["at"]
        since = min(filter(None, (since, first)), default=None)
    due = since and since + whatsapp_settings().sla_response
    return {"waiting_since": since, "response_due_at": due}


def unread(messages: MessageQuerySet) -> int:
    """Count what no agent has read, but for what asks for nobody."""
    return _written(messages).filter(read_at=None).count()


def _asked(conversation: Conversation) -> MessageQuerySet:
    return _written(Message.objects.filter(conversation=conversation))


def _written(messages: MessageQuerySet) -> MessageQuerySet:
    return messages.received().exclude(message_type__in=SILENT)


def _lock_messages(absorbed_id: int, *, ended_ids: Iterable[int]) -> dict[int | None, list[int]]:
    """Lock what moves, in the order of ids; return the absorbed contact's, by conversation."""
    rows = Message.objects.filter(Q(contact=absorbed_id) | Q(conversation__in=list(ended_ids)))
    locked = rows.order_by("pk").select_for_update(no_key=True)
    moved: dict[int | None, list[int]] = defaultdict(list)
    for pk, contact_id, conversation_id in locked.values_list(
        "pk", "contact_id", "conversation_id"
    ):
        if contact_id == absorbed_id:
            moved[conversation_id].append(pk)
    return moved


def _as_it_was(
    row: Conversation, *, kept: Conversation | None, messages: list[int]
) -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.number_id,
        "contact": row.contact_id,
        "kept": kept.pk if kept else None,
        "state": as_json(columns(row, STATE)),
        "messages": messages,
        "notes": list(row.notes.order_by("pk").values_list("pk", flat=True)),
    }


def _fold(ended: Conversation, *, into: Conversation, absorbed_id: int) -> None:
    """Move all that an ended conversation holds into the one that goes on."""
    survivor_id = ended.contact_id if ended.contact_id != absorbed_id else into.contact_id
    state = _together(into, ended)
    Message.objects.filter(conversation=ended).update(conversation=into)
    ConversationNote.objects.filter(conversation=ended).update(conversation=into)
    write(
        ended,
        {
            "contact_id": absorbed_id,
            "status": ARCHIVED,
            "archived_at": timezone.now(),
            "message_count": 0,
            "unread_count": 0,
            **CALM,
        },
    )
    note_handing(
        conversation_id=into.pk, was_with=into.assigned_to_id, is_with=state["assigned_to_id"]
    )
    write(into, {**state, "contact_id": survivor_id})
    change_log.note(kind=ChangeKind.CONVERSATION_CHANGED, ids=[ended.pk, into.pk])


def _together(kept: Conversation, ended: Conversation) -> dict[str, Any]:
    """The columns of two conversations as one: whoever waited still waits, nothing counts twice."""
    both = (kept, ended)
    active = [row for row in both if is_active(ConversationStatus(row.status))]
    lead = next((row for row in active if row.assigned_to_id), (active or [kept])[0])
    newest = max(both, key=lambda row: (row.message_count > 0, row.last_message_at))
    return {
        **columns(lead, ("status", "assigned_to_id", "assigned_at")),
        "resolved_at": None if active else _most(both, "resolved_at"),
        "priority": max((ConversationPriority(row.priority) for row in both), key=_rank).value,
        "tags": list(dict.fromkeys([*kept.tags, *ended.tags])),
        "first_response_at": _least(active or both, "first_response_at"),
        "sla_breached_at": _least(active, "sla_breached_at"),
        "auto_replied_at": _most(both, "auto_replied_at"),
        "last_inbound_at": _most(both, "last_inbound_at"),
        "message_count": kept.message_count + ended.message_count,
        "unread_count": kept.unread_count + ended.unread_count,
        **columns(newest, LAST),
        **waiting(both),
    }


def _rank(priority: ConversationPriority) -> int:
    return priority.rank


def _most(rows: Iterable[Conversation], name: str) -> Any:
    return max(filter(None, (getattr(row, name) for row in rows)), default=None)


def _least(rows: Iterable[Conversation], name: str) -> Any:
    return min(filter(None, (getattr(row, name) for row in rows)), default=None)
