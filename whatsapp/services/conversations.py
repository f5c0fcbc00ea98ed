"""What agents do with a conversation. Each function locks the row, asks the rule, then writes.

All raise NotFoundError when there is no such conversation for ``by_id``, the person who asks (None
is the app itself), and ConversationClosedError when its status does not allow the move. Who names
the states that were seen (``if_match``, of ``state_of``) gets a PreconditionFailedError when it is
in another one by now.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from enum import StrEnum

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from whatsapp import signals
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.conversation import (
    ConversationPriority,
    ConversationStatus,
    after_archive,
    after_assign,
    after_reopen,
    after_resolve,
    clean_tag,
)
from whatsapp.errors import NotFoundError, PreconditionFailedError, ValidationError
from whatsapp.models import Conversation, ConversationNote, Message
from whatsapp.models.change import ChangeKind
from whatsapp.services.dialogue import inbox_counts, resolutions, threads
from whatsapp.services.messages import queue_read_receipt
from whatsapp.services.shared import change_log, visibility
from whatsapp.services.shared.announce import emit
from whatsapp.services.shared.event_sight import note_handing

logger = logging.getLogger(__name__)

TAGS_LIMIT = 20
NOTE_LIMIT = 4000
ARCHIVE_BATCH = 500

# Nobody waits any more; what the SLA clock had begun ends here
_CALM = {"waiting_since": None, "response_due_at": None}

IfMatch = Collection[str] | None

# What agents decide; a message that comes moves it only if it opens or reopens
_DECIDED = ("status", "assigned_to_id", "priority", "tags")
_DECIDED_AT = ("assigned_at", "resolved_at", "archived_at")


def state_of(conversation: Conversation) -> str:
    """Return a word for what was decided of it, another one after each decision."""
    values = [getattr(conversation, name) for name in ("pk", *_DECIDED, *_DECIDED_AT)]
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()[:20]


@transaction.atomic
def assign(
    *,
    conversation_id: int,
    user_id: int | None,
    by_id: int | None = None,
    if_match: IfMatch = None,
) -> Conversation:
    """Give the conversation to an agent, or with None back to everybody.

    ValidationError (field ``user_id``) unless the user is active and may reply.
    """
    conversation = _locked(conversation_id, by_id=by_id, if_match=if_match)
    status = after_assign(ConversationStatus(conversation.status))
    if conversation.assigned_to_id == user_id:
        return conversation
    if user_id is None:
        _write(conversation, status=ConversationStatus.OPEN, assigned_to_id=None, assigned_at=None)
        _note(conversation)
    else:
        _require_agent(user_id)
        before = conversation.assigned_to_id
        _write(conversation, status=status, assigned_to_id=user_id, assigned_at=timezone.now())
        emit(signals.conversation_assigned, conversation_ids=[conversation.pk])
        note_handing(conversation_id=conversation.pk, was_with=before, is_with=user_id)
    _log("conversation assigned", conversation, by_id=by_id, user_id=user_id)
    return conversation


@transaction.atomic
def resolve(
    *, conversation_id: int, by_id: int | None = None, if_match: IfMatch = None
) -> Conversation:
    """Close the matter; the customer's next message opens it again."""
    conversation = _locked(conversation_id, by_id=by_id, if_match=if_match)
    if not _moves(conversation, after_resolve):
        return conversation
    status, now = ConversationStatus.RESOLVED, timezone.now()
    _write(conversation, status=status, resolved_at=now, **_CALM)
    resolutions.note(conversation_ids=[conversation.pk], at=now, by_id=by_id)
    emit(signals.conversation_resolved, conversation_ids=[conversation.pk])
    _log("conversation resolved", conversation, by_id=by_id)
    return conversation


@transaction.atomic
def reopen(
    *, conversation_id: int, by_id: int | None = None, if_match: IfMatch = None
) -> Conversation:
    """Put a resolved conversation back among the open ones; whoever had it is asked anew."""
    conversation = _locked(conversation_id, by_id=by_id, if_match=if_match)
    if not _moves(conversation, after_reopen):
        return conversation
    status = ConversationStatus.OPEN
    _write(conversation, status=status, resolved_at=None, assigned_to_id=None, sla_breached_at=None)
    _note(conversation)
    _log("conversation reopened", conversation, by_id=by_id)
    return conversation


@transaction.atomic
def archive(
    *, conversation_id: int, by_id: int | None = None, if_match: IfMatch = None
) -> Conversation:
    """Put a resolved conversation away; the customer's next message begins another."""
    conversation = _locked(conversation_id, by_id=by_id, if_match=if_match)
    if not _moves(conversation, after_archive):
        return conversation
    _write(conversation, status=ConversationStatus.ARCHIVED, archived_at=timezone.now())
    _note(conversation)
    _log("conversation archived", conversation, by_id=by_id)
    return conversation


@transaction.atomic
def mark_read(*, conversation_id: int, by_id: int | None = None) -> int:
    """Mark what the customer wrote as read, and tell the customer; give how many were unread.

    One receipt, for the newest message: Meta marks those before it too.
    """
    conversation = _locked(conversation_id, by_id=by_id)
    if not conversation.unread_count:
        return 0
    unread = conversation.messages.received().filter(read_at=None)
    rows = list(unread.select_for_update().order_by("id").values_list("happened_at", "id"))
    Message.objects.filter(pk__in=[pk for _, pk in rows]).update(read_at=timezone.now())
    _note(_write(conversation, unread_count=0))
    if rows:
        queue_read_receipt(message_id=max(rows)[1])
    _log("conversation read", conversation, by_id=by_id)
    return len(rows)


@transaction.atomic
def set_priority(
    *, conversation_id: int, priority: str, by_id: int | None = None, if_match: IfMatch = None
) -> Conversation:
    """Say how urgent it is; ValidationError (field ``priority``) for an unknown word."""
    known = [level.value for level in ConversationPriority]
    if priority not in known:
        raise ValidationError(
            f"Priority is one of {', '.join(known)}.",
            details={"field": "priority", "allowed": known},
        )
    conversation = _locked(conversation_id, by_id=by_id, if_match=if_match)
    return _note(_write(conversation, priority=ConversationPriority(priority)))


@transaction.atomic
def set_tags(
    *,
    conversation_id: int,
    tags: Iterable[str],
    by_id: int | None = None,
    if_match: IfMatch = None,
) -> Conversation:
    """Replace the tags; ValidationError for an empty or overlong one, or for more than 20."""
    cleaned = list(dict.fromkeys(clean_tag(tag) for tag in tags))
    if len(cleaned) > TAGS_LIMIT:
        raise ValidationError(
            f"A conversation takes {TAGS_LIMIT} tags.",
            details={"field": "tags", "limit": TAGS_LIMIT},
        )
    conversation = _locked(conversation_id, by_id=by_id, if_match=if_match)
    return _note(_write(conversation, tags=cleaned))


@transaction.atomic
def add_note(*, conversation_id: int, author_id: int | None, text: str) -> ConversationNote:
    """Leave a note for colleagues; ValidationError (field ``text``) if empty or too long."""
    text = text.strip()
    if not 1 <= len(text) <= NOTE_LIMIT:
        raise ValidationError(
            f"A note has 1 to {NOTE_LIMIT} characters.",
            details={"field": "text", "limit": NOTE_LIMIT},
        )
    conversation = _note(_locked(conversation_id, by_id=author_id))
    return ConversationNote.objects.create(
        conversation=conversation, author_id=author_id, text=text
    )


def archive_resolved(*, now: datetime) -> int:
    """Archive what was resolved longer than ``ARCHIVE_AFTER`` ago; give how many.

    In batches, so that no transaction holds many rows; what somebody works on now is left for the
    next round.
    """
    total = 0
    before = now - whatsapp_settings().archive_after
    while count := _archive_batch(before=before, now=now):
        total += count
    return total


@transaction.atomic
def _archive_batch(*, before: datetime, now: datetime) -> int:
    rows = Conversation.objects.resolved_before(before).order_by("id")
    free = rows.select_for_update(skip_locked=True)
    ids = list(free.values_list("pk", flat=True)[:ARCHIVE_BATCH])
    change_log.note(kind=ChangeKind.CONVERSATION_CHANGED, ids=ids)
    return Conversation.objects.filter(pk__in=ids).update(
        status=ConversationStatus.ARCHIVED.value, archived_at=now
    )


def _locked(
    conversation_id: int, *, by_id: int | None = None, if_match: IfMatch = None
) -> Conversation:
    conversation = threads.lock(conversation_id=conversation_id)
    if conversation is None or not visibility.may_see(conversation=conversation, user_id=by_id):
        raise NotFoundError(
            f"There is no conversation {conversation_id}.", details={"id": conversation_id}
        )
    if if_match is not None and state_of(conversation) not in if_match:
        raise PreconditionFailedError(
            "The conversation has changed since you read it; look again.",
            details={name.removesuffix("_id"): getattr(conversation, name) for name in _DECIDED},
        )
    return conversation


def _moves(
    conversation: Conversation, rule: Callable[[ConversationStatus], ConversationStatus]
) -> bool:
    """Whether the rule leads elsewhere; asking for the state that is there changes nothing."""
    return rule(ConversationStatus(conversation.status)) != conversation.status


def _write(conversation: Conversation, **changes: object) -> Conversation:
    for name, value in changes.items():
        setattr(conversation, name, value.value if isinstance(value, StrEnum) else value)
    conversation.save(update_fields=list(changes))
    inbox_counts.moved()
    return conversation


def _note(conversation: Conversation) -> Conversation:
    change_log.note(kind=ChangeKind.CONVERSATION_CHANGED, ids=[conversation.pk])
    return conversation


def _require_agent(user_id: int) -> None:
    user = get_user_model().objects.filter(pk=user_id, is_active=True).first()
    if user is None or not user.has_perm("whatsapp.reply_conversation"):
        raise ValidationError(
            "This user does not answer conversations.", details={"field": "user_id"}
        )


def _log(phrase: str, conversation: Conversation, **ids: int | None) -> None:
    logger.info(phrase, extra={"conversation_id": conversation.pk, **ids})
