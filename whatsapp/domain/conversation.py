"""The life of a conversation, and Meta's 24-hour window for free text."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from whatsapp.errors import ConversationClosedError, ValidationError

WINDOW = timedelta(hours=24)
TAG_LIMIT = 40


class ConversationStatus(StrEnum):
    """OPEN → ASSIGNED → RESOLVED → ARCHIVED; a customer's message reopens a resolved one."""

    OPEN = "OPEN"
    ASSIGNED = "ASSIGNED"
    RESOLVED = "RESOLVED"
    ARCHIVED = "ARCHIVED"


class ConversationPriority(StrEnum):
    """How urgent it is to answer; ``rank`` orders them, since their names do not."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    URGENT = "URGENT"

    @property
    def rank(self) -> int:
        """0 for LOW to 3 for URGENT."""
        return list(ConversationPriority).index(self)


_OPEN, _ASSIGNED = ConversationStatus.OPEN, ConversationStatus.ASSIGNED
_RESOLVED, _ARCHIVED = ConversationStatus.RESOLVED, ConversationStatus.ARCHIVED

# What each move makes of each status; what is missing is refused. Asking for the state that is
# there already is no error: two agents may press the same button.
MOVES: Mapping[str, Mapping[ConversationStatus, ConversationStatus]] = MappingProxyType(
    {
        "assign": {_OPEN: _ASSIGNED, _ASSIGNED: _ASSIGNED},
        "resolve": {_OPEN: _RESOLVED, _ASSIGNED: _RESOLVED, _RESOLVED: _RESOLVED},
        "reopen": {_OPEN: _OPEN, _ASSIGNED: _ASSIGNED, _RESOLVED: _OPEN},
        "archive": {_RESOLVED: _ARCHIVED, _ARCHIVED: _ARCHIVED},
        "receive in": {_OPEN: _OPEN, _ASSIGNED: _ASSIGNED, _RESOLVED: _OPEN},
    }
)

_ADVICE: Mapping[ConversationStatus, tuple[str, str]] = MappingProxyType(
    {
        _OPEN: ("not_resolved", "it is still open; resolve it first"),
        _ASSIGNED: ("not_resolved", "it is still assigned; resolve it first"),
        _RESOLVED: ("resolved", "it is resolved; reopen it first"),
        _ARCHIVED: ("archived", "it is archived; a new message from the customer opens another"),
    }
)


def _move(move: str, status: ConversationStatus) -> ConversationStatus:
    after = MOVES[move].get(status)
    if after is None:
        reason, advice = _ADVICE[status]
        raise ConversationClosedError(
            f"Cannot {move} this conversation: {advice}.",
            details={"reason": reason, "status": status.value},
        )
    return after


def after_assign(status: ConversationStatus) -> ConversationStatus:
    """Say the status after an agent takes it; ConversationClosedError if resolved or archived."""
    return _move("assign", status)


def after_resolve(status: ConversationStatus) -> ConversationStatus:
    """Say the status after it is resolved; ConversationClosedError if archived."""
    return _move("resolve", status)


def after_reopen(status: ConversationStatus) -> ConversationStatus:
    """Say the status after it is reopened; ConversationClosedError if archived."""
    return _move("reopen", status)


def after_archive(status: ConversationStatus) -> ConversationStatus:
    """Say the status after it is put away; ConversationClosedError unless resolved."""
    return _move("archive", status)


def after_inbound(status: ConversationStatus) -> ConversationStatus:
    """Say the status after the customer wrote; ConversationClosedError if archived."""
    return _move("receive in", status)


def is_active(status: ConversationStatus) -> bool:
    """Tell whether somebody has still to do something: OPEN or ASSIGNED."""
    return status in (_OPEN, _ASSIGNED)


def window_closes_at(last_inbound_at: datetime) -> datetime:
    """Say until when free text is allowed; ``last_inbound_at`` is Meta's timestamp, not ours."""
    return last_inbound_at.astimezone(UTC) + WINDOW  # real hours, not those of a wall clock


def window_open(*, last_inbound_at: datetime | None, now: datetime) -> bool:
    """Tell whether free text is allowed now; outside only templates (Meta refuses with 131047)."""
    return last_inbound_at is not None and now < window_closes_at(last_inbound_at)


def clean_tag(raw: str) -> str:
    """Return the tag as stored: lower case, single spaces, no ``#``; ValidationError if bad."""
    tag = " ".join(unicodedata.normalize("NFC", raw).lstrip("# \t").split()).lower()
    if not tag:
        raise ValidationError("A tag needs at least one letter.", details={"field": "tag"})
    if len(tag) > TAG_LIMIT:
        raise ValidationError(
            f"A tag has at most {TAG_LIMIT} characters.", details={"field": "tag"}
        )
    return tag
