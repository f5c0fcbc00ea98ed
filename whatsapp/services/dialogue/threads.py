"""Which conversation a message belongs to, and what the message changes on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.conversation import ConversationStatus, after_inbound
from whatsapp.domain.lifecycle import Direction
from whatsapp.models import Contact, Conversation, Message
from whatsapp.models.message import PAST, PHONE_APP, SILENT, MessageQuerySet, MessageType
from whatsapp.services.contacts import identities
from whatsapp.services.dialogue import inbox_counts

Key = tuple[int, int]  # of a number and a contact

# What a message moves. Whose conversation it is can only be taken away: only a person gives it.
_MOVED = {
    "message_count": "int",
    "last_message_at": "timestamptz",
    "last_message_preview": "text",
    "last_message_direction": "text",
    "status": "text",
    "unread_count": "int",
    "resolved_at": "timestamptz",
    "first_response_at": "timestamptz",
    "sla_breached_at": "timestamptz",
    "waiting_since": "timestamptz",
    "response_due_at": "timestamptz",
    "last_inbound_at": "timestamptz",
}
_MOVE = f"""
UPDATE whatsapp_conversations AS conversation
SET assigned_to_id = CASE WHEN news.is_nobodys THEN NULL ELSE assigned_to_id END,
    {", ".join(f"{name} = news.{name}" for name in _MOVED)}
FROM unnest(%s::bigint[], %s::bool[], {", ".join(f"%s::{kind}[]" for kind in _MOVED.values())})
    AS news(id, is_nobodys, {", ".join(_MOVED)})
WHERE conversation.id = news.id
"""
# Arrays: a batch's thousand ids as placeholders of their own take longer than the search.
# + 0: without statistics the planner would read all conversations of the number for each contact
_LOCK_LIVE = """
SELECT conversation.* FROM whatsapp_conversations AS conversation
JOIN unnest(%s::bigint[], %s::bigint[]) AS wanted(number_id, contact_id)
    ON conversation.contact_id = wanted.contact_id
        AND conversation.number_id + 0 = wanted.number_id
WHERE conversation.status <> 'ARCHIVED'
ORDER BY conversation.id FOR NO KEY UPDATE OF conversation
"""


def live_conversation(*, number_id: int, contact_id: int) -> Conversation:
    """Lock the one conversation of a number and a contact; see ``live_conversations``."""
    key = (number_id, contact_id)
    return live_conversations(keys=[key])[key]


def live_conversations(*, keys: Iterable[Key]) -> dict[Key, Conversation]:
    """Lock, by id, the one conversation of each that is not archived; make what is missing.

    It is made RESOLVED. A message of ours joins it without changing its state: only inbound opens.
    If a contact has become part of another meanwhile, it is that one's.
    """
    goals = {key: key for key in keys}
    found: dict[Key, Conversation] = {}
    while True:
        wanted = set(goals.values()) - found.keys()
        found |= {(row.number_id, row.contact_id): row for row in _lock_live(wanted)}
        missing = wanted - found.keys()  # also those archived while we waited
        if not missing:
            return {key: found[goal] for key, goal in goals.items()}
        if moved := _lock_contacts(missing):
            goals = {key: moved.get(goal, goal) for key, goal in goals.items()}
            continue
        Conversation.objects.bulk_create(
            [
                Conversation(
                    number_id=number_id,
                    contact_id=contact_id,
                    status=ConversationStatus.RESOLVED.value,
                    resolved_at=timezone.now(),
                )
                for number_id, contact_id in sorted(missing)
            ],
            ignore_conflicts=True,  # another message of the same moment made it
        )


def _lock_contacts(keys: Iterable[Key]) -> dict[Key, Key]:
    """Let nobody merge away a contact for which a conversation is made; return who was before."""
    rows = Contact.objects.filter(pk__in={contact_id for _, contact_id in keys}).order_by("pk")
    locked = rows.select_for_update(no_key=True).values_list("pk", "merged_into")
    gone = {pk: identities.survivor_id(contact_id=pk) for pk, into in locked if into is not None}
    return {(number, pk): (number, gone[pk]) for number, pk in keys if pk in gone}


def _lock_live(keys: Collection[Key]) -> Iterable[Conversation]:
    numbers, contacts = [number for number, _ in keys], [contact for _, contact in keys]
    return Conversation.objects.raw(_LOCK_LIVE, [numbers, contacts])


def current_id(*, conversation_id: int) -> int:
    """Follow a conversation whose contact was merged away to the one that has its messages now."""
    merged = Conversation.objects.filter(pk=conversation_id, contact__merged_into__isnull=False)
    keys = merged.values_list("number_id", "contact_id").first()
    if keys is None:
        return conversation_id
    number_id, contact_id = keys
    rows = Conversation.objects.filter(
        number=number_id, contact=identities.survivor_id(contact_id=contact_id)
    )
    current = rows.live().first() or rows.order_by("-last_message_at", "-id").first()
    return current.pk if current else conversation_id


def lock(*, conversation_id: int) -> Conversation | None:
    """Lock a conversation, or the one that has its messages since a merge; None if there is none.

    A merge may come while we wait for it.
    """
    while True:
        goal = current_id(conversation_id=conversation_id)
        conversation = Conversation.objects.select_for_update().filter(pk=goal).first()
        archived = conversation and conversation.status == ConversationStatus.ARCHIVED.value
        if not archived or current_id(conversation_id=goal) == goal:
            return conversation


def last_inbound_at(*, number_id: int, contact_id: int) -> datetime | None:
    """When the customer wrote last to that number, in any conversation (Meta's time)."""
    found: datetime | None = Conversation.objects.filter(
        number_id=number_id, contact_id=contact_id
    ).aggregate(newest=Max("last_inbound_at"))["newest"]
    return found


def note_messages(messages: Iterable[tuple[Conversation, Message]]) -> None:
    """Move the conversations' columns after these messages were inserted; call under their locks.

    A conversation is one object, however many of its messages are among them.
    """
    _move(messages, _count, _ask)


def note_past(messages: Iterable[tuple[Conversation, Message]]) -> None:
    """Do so for messages from before our time, which ask nobody for anything."""
    _move(messages, _count, _note_window)


def note_news(messages: Iterable[tuple[Conversation, Message]]) -> None:
    """Do what messages ask for that were counted before, when only their history was known."""
    _move(messages, _ask)


def _move(
    messages: Iterable[tuple[Conversation, Message]],
    *steps: Callable[[Conversation, Message], None],
) -> None:
    moved: dict[int, Conversation] = {}
    asked = False
    for conversation, message in messages:
        asked = asked or message.direction == Direction.RECEIVED.value
        for step in steps:
            step(conversation, message)
        moved[conversation.pk] = conversation
    rows = moved.values()
    is_nobodys = [row.assigned_to_id is None for row in rows]
    columns = [[getattr(row, name) for row in rows] for name in _MOVED]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [list(moved), is_nobodys, *columns])
    if asked:  # what we send opens nothing, and asks no network after the ERP's commit
        inbox_counts.moved()


def _count(conversation: Conversation, message: Message) -> None:
    # an empty conversation says when it was made, which is later than Meta's second
    is_first = not conversation.message_count
    if is_first or message.happened_at >= conversation.last_message_at:
        conversation.last_message_at = message.happened_at
        conversation.last_message_preview = message.preview()
        conversation.last_message_direction = message.direction
    conversation.message_count += 1


def _ask(conversation: Conversation, message: Message) -> None:
    """An answer is given, or waited for from now on."""
    if message.direction == Direction.SENT.value:
        _note_answer(conversation, message)
    elif message.message_type not in SILENT:
        _note_inbound(conversation, message)


def _note_inbound(conversation: Conversation, message: Message) -> None:
    """Open or reopen, count as unread, start the SLA clock if it does not run yet."""
    before = ConversationStatus(conversation.status)
    conversation.status = after_inbound(before).value
    conversation.unread_count += 1
    if before is ConversationStatus.RESOLVED:
        conversation.assigned_to_id = None
        conversation.resolved_at = None
        conversation.first_response_at = None
        conversation.sla_breached_at = None
    waiting_since = conversation.waiting_since
    if waiting_since is None or message.happened_at < waiting_since:  # an older one came later
        _wait_from(conversation, message)
    _note_window(conversation, message)


def _note_window(conversation: Conversation, message: Message) -> None:
    if message.direction == Direction.RECEIVED.value and message.message_type not in SILENT:
        newest = conversation.last_inbound_at or message.happened_at
        conversation.last_inbound_at = max(newest, message.happened_at)


def _wait_from(conversation: Conversation, message: Message) -> None:
    """Start the clock, unless the answer has overtaken what it answers."""
    answered_at = _answered_on_phone_at(conversation, message)
    if answered_at is not None:
        _note_first_response(conversation, answered_at)
        return
    _start_clock(conversation, message.happened_at)


def _start_clock(conversation: Conversation, since: datetime | None) -> None:
    conversation.waiting_since = since
    conversation.response_due_at = since and since + whatsapp_settings().sla_response


def _note_first_response(conversation: Conversation, at: datetime) -> None:
    conversation.first_response_at = min(conversation.first_response_at or at, at)


def _answered_on_phone_at(conversation: Conversation, message: Message) -> datetime | None:
    """When it was answered in the phone app: asked only of a message that came late."""
    if message.happened_at >= conversation.last_message_at:
        return None
    later = conversation.messages.sent().filter(happened_at__gte=message.happened_at)
    echoes = later.filter(content__origin=PHONE_APP).exclude(content__has_key=PAST)
    answers = echoes.exclude(message_type=MessageType.REVOKE.value)
    found: datetime | None = answers.aggregate(first=Min("happened_at"))["first"]
    return found


def _note_answer(conversation: Conversation, message: Message) -> None:
    """A person's answer stops the SLA clock; a notice or an automatic text does not.

    What was written in the phone app a person wrote, but perhaps before the customer did, and
    perhaps it comes after what the customer wrote next.
    """
    if message.from_phone_app:
        _note_answer_on_phone(conversation, message)
    elif message.user_id is not None and conversation.waiting_since is not None:
        _start_clock(conversation, None)
        _note_first_response(conversation, message.happened_at)


def _note_answer_on_phone(conversation: Conversation, message: Message) -> None:
    at, since = message.happened_at, conversation.waiting_since
    if message.message_type == MessageType.REVOKE.value:
        return
    if since is not None and since <= at:
        _start_clock(conversation, _next_question_at(conversation, after=at))
        _note_first_response(conversation, at)
    elif conversation.first_response_at is not None and _was_asked(conversation, until=at):
        _note_first_response(conversation, at)


def _next_question_at(conversation: Conversation, *, after: datetime) -> datetime | None:
    if conversation.last_inbound_at is None or conversation.last_inbound_at <= after:
        return None
    found: datetime | None = (
        _questions(conversation)
        .filter(happened_at__gt=after)
        .aggregate(first=Min("happened_at"))["first"]
    )
    return found


def _was_asked(conversation: Conversation, *, until: datetime) -> bool:
    return _questions(conversation).filter(happened_at__lte=until).exists()


def _questions(conversation: Conversation) -> MessageQuerySet:
    """What customers wrote that somebody should answer; not what only the history told."""
    said = conversation.messages.received().exclude(message_type__in=SILENT)
    return said.exclude(content__has_key=PAST)
