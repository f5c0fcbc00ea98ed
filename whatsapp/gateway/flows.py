"""The answers of a form (a flow): a string of JSON, with names of the shop's or Meta's editor."""

from __future__ import annotations

import json
import re
from typing import Any

from whatsapp.domain.details import Answer
from whatsapp.gateway.reading import record, storable, text

_HIDDEN = frozenset({"flow_token", "wa_flow_response_params"})  # Meta's, not the customer's
# Meta's editor writes screen_0_Full_name_1, and 0_Yes for the first choice of a list
_FRAME = re.compile(r"^screen_\d+_(?P<name>.+?)(_\d+)?$")
_CHOICE = re.compile(r"^\d+_(?P<name>.+)$")
_LONGEST = 50  # answers, and things in one of them


def answers(response_json: object) -> tuple[Answer, ...]:
    """Read the fields in their order; what is no JSON is one answer without a name."""
    given = response_json
    if isinstance(given, str):
        try:
            given = storable(json.loads(given))
        except (ValueError, RecursionError):
            return (Answer(name="", value=text(given)),) if given.strip() else ()
    return tuple(
        Answer(name=_name(name), value=said)
        for name, value in list(record(given).items())[:_LONGEST]
        if name not in _HIDDEN and (said := _value(value, plain=_FRAME.match(name) is None))
    )


def _name(given: str) -> str:
    """Make a label of a field's name: ``screen_0_Full_name_1`` is 'Full name'."""
    framed = _FRAME.match(given)
    words = (framed["name"] if framed else given).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _value(given: Any, *, plain: bool, depth: int = 0) -> str:
    """Say a value on one line; a file by its name, true and false as signs."""
    if isinstance(given, bool):
        return "✓" if given else "✗"
    if isinstance(given, dict) and depth < 2:
        named = text(given.get("file_name")) or text(given.get("title"))
        pairs = (
            f"{_name(name)}: {said}"
            for name, value in list(given.items())[:_LONGEST]
            if (said := _value(value, plain=plain, depth=depth + 1))
        )
        return named or "; ".join(pairs)
    if isinstance(given, list) and depth < 2:
        chosen_ones = (_value(one, plain=plain, depth=depth + 1) for one in given[:_LONGEST])
        return ", ".join(filter(None, chosen_ones))
    if isinstance(given, float):
        return f"{given:g}"
    words = text(given)
    chosen = None if plain else _CHOICE.match(words)
    return chosen["name"].replace("_", " ") if chosen else words
