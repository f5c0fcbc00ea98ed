"""How often something may be done: ``600/min``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_SPELLING = re.compile(r"([1-9][0-9]{0,8})/(s|min|h|d)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """At most ``count`` in each window of ``seconds``."""

    count: int
    seconds: int


@cache
def parse(text: str) -> Rate | None:
    """Read ``600/min`` (or s, h, d); empty is no limit at all. ValueError for anything else."""
    if not text:
        return None
    found = _SPELLING.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no rate; write it like '600/min'.")
    return Rate(count=int(found[1]), seconds=_SECONDS[found[2]])
