"""Tolerant reading of JSON that others wrote: any value may be missing, null or of another type."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL's text and jsonb refuse these
_REPLACEMENT = "\ufffd"
_MILLISECONDS = 10**11  # as seconds, the year 5138


def record(value: object) -> dict[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def elements(value: object) -> list[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def first(value: object) -> dict[str, Any]:
    """The first object of a list, or an empty one."""
    return next(iter(map(record, elements(value))), {})


def text(value: object) -> str:
    """The string, fit for a column; an integer id as its digits; else ''."""
    if isinstance(value, str):
        if value.isascii() and "\x00" not in value:  # nearly always, and ten times as fast
            return value
        return _UNSTORABLE.sub(_REPLACEMENT, value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return ""


def integer(value: object) -> int | None:
    """The integer, also when written as a string or as 1.0; never a boolean."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def moment(*candidates: object) -> datetime | None:
    """The first that is a Unix time, as UTC; milliseconds, which some gateways send, too."""
    for candidate in candidates:
        seconds = integer(candidate)
        if seconds is None or seconds <= 0:
            continue
        try:
            return datetime.fromtimestamp(
                seconds / 1000 if seconds >= _MILLISECONDS else seconds, UTC
            )
        except (ValueError, OverflowError, OSError):
            continue
    return None


def storable(value: Any) -> Any:
    """The value as jsonb takes it: no NUL, no lone surrogate, no infinity."""
    if isinstance(value, str):
        return _UNSTORABLE.sub(_REPLACEMENT, value)
    if isinstance(value, dict):
        return {storable(key): storable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
