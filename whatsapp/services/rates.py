"""Who does something too often. Counted in the shared cache; with that away everybody may.

A process takes its counts in small blocks, a hundredth of the limit, so that most calls ask
nobody. What it took and did not use is lost to the others until the window ends.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

from whatsapp.domain.rate import Rate, parse
from whatsapp.services.shared import shared_cache

BLOCKS = 100
MOST = 10_000  # people remembered here; then all are forgotten, which costs one question each

_lock = threading.Lock()
_blocks: dict[tuple[str, str, Rate], _Block] = {}


@dataclass(slots=True)
class _Block:
    """What this process may still let through in a window."""

    window: int
    left: int


def hit(*, scope: str, who: str, limit: str) -> timedelta | None:
    """Count one call; return how long to wait if it is one too many, else None.

    ``limit`` is written ``600/min``; empty is none.
    """
    rate = parse(limit)
    if rate is None:
        return None
    now = time.time()
    window = int(now // rate.seconds)
    name = (scope, who, rate)
    with _lock:
        block = _blocks.get(name)
        if block is not None and block.window == window and block.left > 0:
            block.left -= 1
            return None
    size = max(1, rate.count // BLOCKS)
    key = f"rate:{scope}:{rate.count}:{rate.seconds}:{who}:{window}"
    total = shared_cache.count(key=key, by=size, seconds=rate.seconds + 5)
    if total is None:
        return None
    allowed = min(size, rate.count - (total - size))
    if allowed <= 0:
        return timedelta(seconds=max(1, math.ceil((window + 1) * rate.seconds - now)))
    with _lock:
        if len(_blocks) >= MOST:
            _blocks.clear()
        _blocks[name] = _Block(window=window, left=allowed - 1)
    return None
