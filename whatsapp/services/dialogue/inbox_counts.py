"""How many conversations are in each box of an agent's inbox, kept for a few seconds.

Every open page asks again and again. What an agent does, and what a customer writes, makes them be
counted anew; time alone (what becomes overdue) is late by ``LIFE`` at most.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from whatsapp.services.shared import shared_cache, visibility

LIFE = 10  # seconds
_GENERATION, _DAY = "inbox", 86400

Counts = Mapping[str, int]


def counted(*, user: Any, count: Callable[[], Counts]) -> Counts:
    """Return what is kept for the user, else count and keep it."""
    generation = shared_cache.get(key=_GENERATION) or 0
    sees = "own" if visibility.is_limited(user) else "all"
    key = f"inbox:{generation}:{user.pk}:{sees}"
    kept: Counts | None = shared_cache.get(key=key)
    if kept is None:
        kept = count()
        shared_cache.put(key=key, value=kept, seconds=LIFE)
    return kept


def moved() -> None:
    """Let all be counted anew once this transaction is there for others to see."""
    transaction.on_commit(_next, robust=True)


def _next() -> None:
    shared_cache.count(key=_GENERATION, by=1, seconds=_DAY)
