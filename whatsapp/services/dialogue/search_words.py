"""What somebody looks for, as PostgreSQL's queries over our words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.db import connection

from whatsapp import wiring

MOST_WORDS = 8  # that are looked for; what follows is not read
MOST_ORDERS = 20  # that a number may mean
LONGEST = 200  # letters that are read
SMALL, LARGE = 11, 17  # bits of an id within a block; see the migration of search
LONG_NUMBER = 5  # digits; of an order, a parcel, a phone: few messages have it
_WORD = re.compile(r"[^\W_]+")
_QUERY = f"""
    WITH asked AS MATERIALIZED (
        SELECT to_tsquery('whatsapp', %(whole)s) AS whole,
            to_tsquery('whatsapp', %(before)s) && to_tsquery('whatsapp_plain', %(begun)s) AS begun,
            (SELECT coalesce(max(id), 0) FROM whatsapp_messages) AS newest
    )
    SELECT whole::text, begun::text, newest + 1, (
        SELECT count(*) FROM (
            SELECT FROM whatsapp_messages WHERE whatsapp_words(id, message_text) @@
            CASE WHEN %(is_rare)s THEN whole ELSE whole && format(
                $$'~%%s' | '~%%s'$$, newest >> {SMALL}, (newest >> {SMALL}) - 1
            )::tsquery END
            LIMIT {2 << SMALL}
        ) AS hits  -- or PostgreSQL expects so many as to compile for them
    ) FROM asked
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """``whole``: all the words, by their stems; ``begun``: the last may go on. Each may be ''.

    ``end`` is after the highest id of a message. Of the newest ``seen`` ids ``hits`` have the whole
    words, messages that nobody may see among them; for a long number all ids were looked at.
    """

    whole: str
    begun: str
    order_ids: tuple[int, ...]
    end: int
    seen: int
    hits: int

    @property
    def is_there(self) -> bool:
        """False where all ids were looked at, and none has the whole words or is of the order."""
        return bool(self.hits or self.order_ids or self.seen < self.end)


def typed(*, text: str) -> str:
    """What is read of it: its beginning, in composed letters, without what no row may hold."""
    return unicodedata.normalize("NFC", text[:LONGEST].replace("\0", " ")).strip()


def in_text(*, text: str) -> list[str]:
    """Take the words out of what was typed: letters and digits, so that no sign is an operator."""
    return _WORD.findall(typed(text=text))[:MOST_WORDS]


def wanted(*, text: str) -> Wanted:
    """Read what was typed, as words and, where it has a digit, as an order's number."""
    words = in_text(text=text)
    if not words:
        return Wanted(whole="", begun="", order_ids=(), end=0, seen=0, hits=0)
    is_rare = any(word.isdecimal() and len(word) >= LONG_NUMBER for word in words)
    quoted = [f"'{word}'" for word in words]
    may_go_on = not words[-1].isdecimal()  # a number was not begun, it is wrong
    values: dict[str, str | bool] = {
        "whole": " & ".join(quoted),
        "before": " & ".join(quoted[:-1]),
        "begun": f"{quoted[-1]}:*" if may_go_on else "",
        "is_rare": is_rare,
    }
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, values)
        whole, begun, end, hits = cursor.fetchone()
    return Wanted(
        whole=whole,
        begun=begun if may_go_on else "",
        order_ids=_orders(typed(text=text)),
        end=end,
        seen=end if is_rare else end - max(((end - 1 >> SMALL) - 1) << SMALL, 0),
        hits=hits,
    )


def _orders(text: str) -> tuple[int, ...]:
    """The orders whose number it is, or a part of it."""
    if not any(map(str.isdecimal, text)):
        return ()
    return tuple(wiring.order_book().search(text, limit=MOST_ORDERS))
