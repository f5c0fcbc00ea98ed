"""Find messages by what was said in them, the newest first.

A common word is in half of all messages, a rare one in five of a million. The index knows for each
message in which block of ids it is, so hits are counted in the newest blocks first, and then as
many ids are asked as should do: whatever the word, few more rows are read than are wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TypeVar

from django.db.models import F, Q, QuerySet, Value

from whatsapp.errors import ValidationError
from whatsapp.models import Message
from whatsapp.models.message import MessageQuerySet
from whatsapp.models.words import Fold, Words
from whatsapp.services.dialogue import search_words, veiled_words
from whatsapp.services.dialogue.search_words import LARGE, SMALL, Wanted
from whatsapp.services.dialogue.veiled_words import Reads

MOST_READ = 5_000  # messages that a part of a word is looked for in
_MOST_BLOCKS = 8  # that are asked at once; of more ids, all
_GULP = 500  # messages that are read again, as they are shown, at once
T = TypeVar("T")


def newest(
    *,
    rows: QuerySet[Message, T],
    text: str,
    limit: int,
    before: int | None = None,
    reads: Reads | None = None,
) -> list[T]:
    """Read at most ``limit`` of these messages with all the words in them, newest first.

    Words are found by their stem, in any case, with or without diacritics. Only where none of the
    messages has the last one, it is taken for the beginning of words. An order's number, or a part
    of it, finds what is about the order, too. ``before``: only with a smaller id. ``reads`` is how
    who asks is shown a text, where it is not as it was written: what is veiled finds nothing.
    """
    wanted = search_words.wanted(text=text)
    return answering(rows=rows, wanted=wanted, limit=limit, before=before, reads=reads)


def answering(
    *,
    rows: QuerySet[Message, T],
    wanted: Wanted,
    limit: int,
    before: int | None = None,
    reads: Reads | None = None,
) -> list[T]:
    """Read those messages when what was typed is known as words."""
    top = min(wanted.end, before or wanted.end)
    found = _whole(rows, wanted, limit=limit, top=top, reads=reads)
    if found or not wanted.begun:
        return found
    if before and _whole(rows, wanted, limit=1, top=wanted.end, reads=reads):
        return []  # the pages before were of whole words
    guess = 2 << SMALL  # ids that may hold them
    return _read(
        rows, wanted.begun, wanted, limit=limit, top=top, hits=limit, seen=guess, reads=reads
    )


def containing(
    *, rows: MessageQuerySet, text: str, most: int = MOST_READ, reads: Reads | None = None
) -> MessageQuerySet:
    """Keep those that have the text anywhere, within words too; ValidationError if they are many.

    No index helps: give those of one conversation, or of a time. ``reads`` as for ``newest``.
    """
    if rows.order_by()[: most + 1].count() > most:
        told = f"More than {most:,} messages; name a shorter time."
        raise ValidationError(told, details={"field": "contains"})
    folded = rows.alias(folded=Fold("message_text")).order_by()
    found = folded.filter(folded__contains=Fold(Value(text)))
    if reads is None:
        held = set(found.values_list("pk", flat=True))
    else:
        texts = found.values_list("pk", "message_text")
        held = veiled_words.still_holding(texts=texts, part=text, reads=reads)
    # last: asked of every row, it made PostgreSQL expect so much work as to compile for it
    return rows.filter(pk__in=held).standing()


def _whole(
    rows: QuerySet[Message, T], wanted: Wanted, *, limit: int, top: int, reads: Reads | None
) -> list[T]:
    if not wanted.is_there:
        return []
    hits, seen = wanted.hits, wanted.seen
    return _read(
        rows, wanted.whole, wanted, limit=limit, top=top, hits=hits, seen=seen, reads=reads
    )


def _read(
    rows: QuerySet[Message, T],
    query: str,
    wanted: Wanted,
    *,
    limit: int,
    top: int,
    hits: int,
    seen: int,
    reads: Reads | None,
) -> list[T]:
    """Read from the newest ids on, some more at each step; rather all than more than half.

    Of what is only veiled ``MOST_READ`` messages are passed over.
    """
    if not (query or wanted.order_ids):
        return []
    found: list[T] = []
    upper, passed = top, 0
    while len(found) < limit and upper > 0 and passed < MOST_READ:
        step = _enough(limit - len(found), hits=hits, seen=seen)
        lower = upper - step if 2 * step < upper else 0
        near = query if upper - lower == wanted.end else _within(query, lower, upper)
        some = _answering(rows, near, wanted.order_ids, lower=lower, upper=upper)
        if reads is None:
            found += some[: limit - len(found)]
        else:
            looked_at, kept = _as_read(some, query, wanted.order_ids, reads)
            found += some.filter(pk__in=kept[: limit - len(found)])
            passed += len(looked_at) - len(kept)
            lower = looked_at[-1] if len(looked_at) == _GULP else lower
        hits, seen, upper = len(found), top - lower, lower
    return found


def _as_read(
    some: QuerySet[Message, T], query: str, order_ids: Sequence[int], reads: Reads
) -> tuple[list[int], list[int]]:
    """The ids of the newest of them, and of those that answer as they are shown, too."""
    hits = list(some.values_list("pk", "message_text", "order_id")[:_GULP])
    texts = [(pk, said) for pk, said, order_id in hits if order_id not in order_ids]
    still = veiled_words.still_answering(texts=texts, query=query, reads=reads) if query else set()
    kept = [pk for pk, _, order_id in hits if pk in still or order_id in order_ids]
    return [pk for pk, *_ in hits], kept


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
