"""What later messages made of an earlier one: reactions, new wordings, a deletion.

A fold over whatever came, by Meta's time and then by wamid: the order of arrival changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Change(StrEnum):
    """The kinds of message that change another one; as models.MessageType has them."""

    REACTION = "REACTION"
    EDIT = "EDIT"
    REVOKE = "REVOKE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Amendment:
    """One message about another. ``text`` is the emoji, or the new wording."""

    change: Change
    direction: str
    at: datetime
    wamid: str
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reaction:
    """The last word of one side; ``direction`` says whose."""

    emoji: str
    direction: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """How the message read from ``at`` on."""

    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Amended:
    """What became of a message. ``wordings`` replaced its own, oldest first; the last one counts.

    ``revoked_at`` is when its author deleted it, which no wording survives.
    """

    reactions: tuple[Reaction, ...] = ()
    wordings: tuple[Wording, ...] = ()
    revoked_at: datetime | None = None

    def text(self, own: str) -> str:
        """Say what it says by now; ``own`` is how it was first written."""
        if self.revoked_at is not None:
            return ""
        return self.wordings[-1].text if self.wordings else own

    def earlier(self, own: Wording) -> tuple[Wording, ...]:
        """What it said before, oldest first; nothing of what was deleted."""
        hidden = self.revoked_at is not None or not self.wordings
        return () if hidden else (own, *self.wordings[:-1])


UNTOUCHED = Amended()


def fold(amendments: Iterable[Amendment], *, author: str) -> Amended:
    """Put together what became of a message of this direction; only its author edits or deletes."""
    last: dict[str, Reaction] = {}
    wordings: list[Wording] = []
    revoked_at: datetime | None = None
    for one in sorted(amendments, key=lambda one: (one.at, one.wamid)):
        match one.change:
            case Change.REACTION:
                last[one.direction] = Reaction(emoji=one.text, direction=one.direction, at=one.at)
            case Change.EDIT if one.direction == author:
                wordings.append(Wording(text=one.text, at=one.at))
            case Change.REVOKE if one.direction == author:
                revoked_at = revoked_at or one.at
    return Amended(
        reactions=tuple(last[side] for side in sorted(last) if last[side].emoji),
        wordings=tuple(wordings),
        revoked_at=revoked_at,
    )
