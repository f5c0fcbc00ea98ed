"""Why something was decided, kept in English so that each reader gets their own language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """A sentence with ``%(name)s`` in it, and what stands there."""

    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.said()

    def __bool__(self) -> bool:
        return bool(self.text)

    def said(self, *, translate: Callable[[str], str] = str) -> str:
        """Say it; a sentence without values is taken as it is, whatever signs it has."""
        if not self.text:
            return ""
        words = translate(self.text)
        return words % dict(self.values) if self.values else words
