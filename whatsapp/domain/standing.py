"""What Meta may hold against an account, and which of it stops all sending.

The axes are independent: a restriction that is lifted does not end a ban.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum


class Axis(StrEnum):
    """One question, with one newest answer."""

    BAN = "ban"
    RESTRICTION = "restriction"
    CONNECTION = "connection"
    EXISTENCE = "existence"


class Word(StrEnum):
    """The answers, the worst last."""

    RESTRICTED = "RESTRICTED"  # to begin talks, or to add numbers, say
    TO_BE_DISABLED = "TO_BE_DISABLED"
    BLOCKED = "BLOCKED"  # may neither begin a talk nor answer
    OFFBOARDED = "OFFBOARDED"  # the phone app has let go of us
    DISABLED = "DISABLED"
    DELETED = "DELETED"


STOPPING = frozenset({Word.BLOCKED, Word.OFFBOARDED, Word.DISABLED, Word.DELETED})
_SEVERITY: Mapping[str, int] = {word.value: place for place, word in enumerate(Word, start=1)}


def severity(word: str) -> int:
    """Rank a word; nothing is 0. Of two in one second the worse counts, in whatever order."""
    return _SEVERITY.get(word, 0)


def in_force(
    kept: Mapping[str, Mapping[str, str]], *, now: datetime
) -> dict[Word, datetime | None]:
    """Return what holds now, with its end if it has one, the worst last."""
    found: dict[Word, datetime | None] = {}
    for one in kept.values():
        until = datetime.fromisoformat(one["until"]) if one.get("until") else None
        if one.get("word") in _SEVERITY and (until is None or until > now):
            found[Word(one["word"])] = until
    return dict(sorted(found.items(), key=lambda each: severity(each[0])))


def stop(
    kept: Mapping[str, Mapping[str, str]], *, now: datetime
) -> tuple[Word, datetime | None] | None:
    """Return the word that stops sending longest, and its end; None when nothing does."""
    stopping = [
        (word, until) for word, until in in_force(kept, now=now).items() if word in STOPPING
    ]
    for word, until in reversed(stopping):
        if until is None:
            return word, None
    return max(stopping, key=lambda each: each[1] or now, default=None)
