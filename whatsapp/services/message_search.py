"""Find messages by what was said in them, the newest first.

A common word is in half of all messages, a rare one in five of a million. The index knows for each
message in which block of ids it is, so the newest blocks are asked first, and then as many as
should do, by what those had: whatever the word, few more rows are read than are wanted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db.models import F, Q, QuerySet, Value

from whatsapp.errors import ValidationError
from whatsapp.models import Message
from whatsapp.models.message import MessageQuerySet
from whatsapp.models.words import Fold, Words
from whatsapp.services import search_words
from whatsapp.services.search_words import Wanted

MOST_READ = 5_000  # messages that a part of a word is looked for in
_SMALL, _LARGE = 11, 17  # bits of an id within a block; see the migration of search
_MOST_BLOCKS = 32  # that are asked at once; of more ids, all
T = TypeVar("T")


def newest(
    *, rows: QuerySet[Message, T], text: str, limit: int, before: int | None = None
) -> list[T]:
    """Read at most ``limit`` of these messages with all the words in them, newest first.

    Words are found by their stem, in any case, with or without diacritics. Only where none of the
    messages has the last one, it is taken for the beginning of words. An order's number, or a part
    of it, finds what is about the order, too. ``before``: only with a smaller id.
    """
    wanted = search_words.wanted(text=text)
    top = min(wanted.end, before or wanted.end)
    found = _read(rows, wanted.whole, wanted, limit=limit, top=top)
    if found or not wanted.begun:
        return found
    if before and _read(rows, wanted.whole, wanted, limit=1, top=wanted.end):
        return []  # the pages before were of whole words
    return _read(rows, wanted.begun, wanted, limit=limit, top=top)


def containing(
    *,
    rows: MessageQuerySet,
    text: str,
    most: int = MOST_READ,
    shown: Callable[[str], str] | None = None,
) -> MessageQuerySet:
    """Keep those that have the text anywhere, within words too; ValidationError if they are many.

    No index helps: give those of one conversation, or of a time. ``shown`` is how who asks reads a
    text; digits that are veiled there find nothing, or part after part they would be told.
    """
    if rows.order_by()[: most + 1].count() > most:
        told = f"More than {most:,} messages; name a shorter time."
        raise ValidationError(told, details={"field": "contains"})
    folded = rows.alias(folded=Fold("message_text")).order_by()
    found = folded.filter(folded__contains=Fold(Value(text)))
    if shown is not None and any(map(str.isdecimal, text)):
        texts = found.values_list("pk", "message_text")
        held = [pk for pk, said in texts if _plain(text) in _plain(shown(said))]
    else:
        held = list(found.values_list("pk", flat=True))
    # last: asked of every row, it made PostgreSQL expect so much work as to compile for it
    return rows.filter(pk__in=held).standing()


def _plain(text: str) -> str:
    """Fold a text as PostgreSQL does, near enough for digits and what stands around them."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _read(
    rows: QuerySet[Message, T], query: str, wanted: Wanted, *, limit: int, top: int
) -> list[T]:
    """Read from the newest ids on, some more at each step."""
    if not (query or wanted.order_ids):
        return []
    found: list[T] = []
    upper, step = top, top if wanted.is_rare else max(2 << _SMALL, 4 * limit)
    while len(found) < limit and upper > 0:
        lower = max(upper - step, 0)
        some = _answering(rows, query, wanted.order_ids, lower=lower, upper=upper)
        found += some[: limit - len(found)]
        step = 3 * (limit - len(found)) * (top - lower) // (2 * len(found)) if found else lower
        upper = lower
    return found


def _answering(
    rows: QuerySet[Message, T], query: str, order_ids: Sequence[int], *, lower: int, upper: int
) -> QuerySet[Message, T]:
    """Those of these ids that answer, newest first."""
    match = Q(words__answer=_within(query, lower, upper)) if query else Q()
    if order_ids:
        match |= Q(order__in=order_ids)
    # + 0: or the planner may walk back over all ids and make the words of each message anew
    placed = rows.alias(words=Words("id", "message_text"), place=F("pk") + 0)
    return placed.filter(match, place__gte=lower, place__lt=upper).order_by("-place")


def _within(query: str, lower: int, upper: int) -> str:
    """The query, in the blocks of these ids where those are few."""
    for sign, bits in (("~", _SMALL), ("~~", _LARGE)):
        blocks = range(lower >> bits, ((upper - 1) >> bits) + 1)
        if query and len(blocks) <= _MOST_BLOCKS:
            within = " | ".join(f"'{sign}{block}'" for block in blocks)
            return f"({query}) & ({within})"
    return query
