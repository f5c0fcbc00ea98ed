"""Find messages by what was said in them, the newest first.

A common word is in half of all messages, a rare one in five of a million. The index knows for each
message in which block of ids it is, so hits are counted in the newest blocks first, and then as
many ids are asked as should do: whatever the word, few more rows are read than are wanted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from math import sqrt
from typing import TypeVar

from django.db.models import F, Q, QuerySet, Value

from whatsapp.errors import ValidationError
from whatsapp.models import Message
from whatsapp.models.message import MessageQuerySet
from whatsapp.models.words import Fold, Words
from whatsapp.services import search_words
from whatsapp.services.search_words import LARGE, SMALL, Wanted

MOST_READ = 5_000  # messages that a part of a word is looked for in
_MOST_BLOCKS = 8  # that are asked at once; of more ids, all
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
    return answering(rows=rows, wanted=wanted, limit=limit, before=before)


def answering(
    *, rows: QuerySet[Message, T], wanted: Wanted, limit: int, before: int | None = None
) -> list[T]:
    """Read those messages when what was typed is known as words."""
    top = min(wanted.end, before or wanted.end)
    found = _whole(rows, wanted, limit=limit, top=top)
    if found or not wanted.begun:
        return found
    if before and _whole(rows, wanted, limit=1, top=wanted.end):
        return []  # the pages before were of whole words
    guess = 2 << SMALL  # ids that may hold them
    return _read(rows, wanted.begun, wanted, limit=limit, top=top, hits=limit, seen=guess)


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


def _whole(rows: QuerySet[Message, T], wanted: Wanted, *, limit: int, top: int) -> list[T]:
    if not wanted.is_there:
        return []
    hits, seen = wanted.hits, wanted.seen
    return _read(rows, wanted.whole, wanted, limit=limit, top=top, hits=hits, seen=seen)


def _read(
    rows: QuerySet[Message, T],
    query: str,
    wanted: Wanted,
    *,
    limit: int,
    top: int,
    hits: int,
    seen: int,
) -> list[T]:
    """Read from the newest ids on, some more at each step; rather all than more than half."""
    if not (query or wanted.order_ids):
        return []
    found: list[T] = []
    upper = top
    while len(found) < limit and upper > 0:
        step = _enough(limit - len(found), hits=hits, seen=seen)
        lower = upper - step if 2 * step < upper else 0
        near = query if upper - lower == wanted.end else _within(query, lower, upper)
        some = _answering(rows, near, wanted.order_ids, lower=lower, upper=upper)
        found += some[: limit - len(found)]
        hits, seen, upper = len(found), top - lower, lower
    return found


def _enough(missing: int, *, hits: int, seen: int) -> int:
    """So many ids should hold what is missing, with three sigmas to spare; no hit counts as one."""
    hits = hits or 1
    return int(missing * seen / hits * (1 + 3 * sqrt(1 / hits + 1 / missing)))


def _answering(
    rows: QuerySet[Message, T], query: str, order_ids: Sequence[int], *, lower: int, upper: int
) -> QuerySet[Message, T]:
    """Those of these ids that answer, newest first."""
    match = Q(words__answer=query) if query else Q()
    if order_ids:
        match |= Q(order__in=order_ids)
    # + 0: or the planner may walk back over all ids and make the words of each message anew
    placed = rows.alias(words=Words("id", "message_text"), place=F("pk") + 0)
    return placed.filter(match, place__gte=lower, place__lt=upper).order_by("-place")


def _within(query: str, lower: int, upper: int) -> str:
    """The query, in the blocks of these ids where those are few."""
    for sign, bits in (("~", SMALL), ("~~", LARGE)):
        blocks = range(lower >> bits, ((upper - 1) >> bits) + 1)
        if query and len(blocks) <= _MOST_BLOCKS:
            within = " | ".join(f"'{sign}{block}'" for block in blocks)
            return f"({query}) & ({within})"
    return query
