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
LONG_NUMBER = 5  # digits; of an order, a parcel, a phone: few messages have it
_WORD = re.compile(r"[^\W_]+")
_QUERY = """
    SELECT to_tsquery('whatsapp', %(whole)s)::text,
        (to_tsquery('whatsapp', %(before)s) && to_tsquery('whatsapp_plain', %(begun)s))::text,
        (SELECT coalesce(max(id), 0) + 1 FROM whatsapp_messages)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """``whole``: all the words, by their stems; ``begun``: the last may go on. Each may be ''.

    ``is_rare``: they cannot be in many messages. ``end`` is after the highest id of a message.
    """

    whole: str
    begun: str
    order_ids: tuple[int, ...]
    is_rare: bool
    end: int


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
        return Wanted(whole="", begun="", order_ids=(), is_rare=False, end=0)
    quoted = [f"'{word}'" for word in words]
    may_go_on = not words[-1].isdecimal()  # a number was not begun, it is wrong
    values = {
        "whole": " & ".join(quoted),
        "before": " & ".join(quoted[:-1]),
        "begun": f"{quoted[-1]}:*" if may_go_on else "",
    }
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, values)
        whole, begun, end = cursor.fetchone()
    return Wanted(
        whole=whole,
        begun=begun if may_go_on else "",
        order_ids=_orders(typed(text=text)),
        is_rare=any(word.isdecimal() and len(word) >= LONG_NUMBER for word in words),
        end=end,
    )


def _orders(text: str) -> tuple[int, ...]:
    """The orders whose number it is, or a part of it."""
    if not any(map(str.isdecimal, text)):
        return ()
    return tuple(wiring.order_book().search(text, limit=MOST_ORDERS))
