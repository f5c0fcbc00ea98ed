"""Found is what is there as it is read: who may not see phone numbers finds nothing by them.

A message that PostgreSQL has found is asked again as its reader is shown it. So nothing that is
veiled can be confirmed, in whatever spelling it stands there or is looked for, nor any part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import connection

Reads = Callable[[str], str]  # a text as somebody is shown it

_ANSWERS = "whatsapp_words(said.id, said.body) @@ %s::tsquery"
_HOLDS = "strpos(whatsapp_fold(said.body), whatsapp_fold(%s)) > 0"


def still_answering(*, texts: Iterable[tuple[int, str]], query: str, reads: Reads) -> set[int]:
    """Keep the ids of the messages that answer a query when they are read so, too."""
    return _still(texts, reads, holds=_ANSWERS, asked=query)


def still_holding(*, texts: Iterable[tuple[int, str]], part: str, reads: Reads) -> set[int]:
    """Keep the ids of the messages that have the part when they are read so, too."""
    return _still(texts, reads, holds=_HOLDS, asked=part)


def _still(texts: Iterable[tuple[int, str]], reads: Reads, *, holds: str, asked: str) -> set[int]:
    """Ask only of those that are read otherwise than they were written: few are."""
    kept, changed = set(), {}
    for pk, said in texts:
        shown = reads(said)
        if shown == said:
            kept.add(pk)
        else:
            changed[pk] = shown
    if changed:
        asks = (
            f"SELECT said.id FROM unnest(%s::bigint[], %s::text[]) AS said(id, body) WHERE {holds}"
        )
        with connection.cursor() as cursor:
            cursor.execute(asks, [list(changed), list(changed.values()), asked])
            kept.update(pk for (pk,) in cursor.fetchall())
    return kept
