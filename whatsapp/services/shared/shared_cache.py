"""Django's cache, as something that may be away: then it knows nothing, and nobody waits for it.

After a failure it is left alone for ``WAKE_PAUSE``; that is logged once for each time it goes away.
Never called inside a transaction: it is a network.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache

from whatsapp.conf import whatsapp_settings

logger = logging.getLogger(__name__)

_PREFIX = "whatsapp:"
_away_until = 0.0  # monotonic
_is_away = False

Result = TypeVar("Result")


def get(*, key: str) -> Any:
    """Return what is kept; None for nothing."""
    return _asked(lambda: cache.get(_PREFIX + key), otherwise=None)


def put(*, key: str, value: Any, seconds: int) -> None:
    """Keep a value for a while."""
    _asked(lambda: cache.set(_PREFIX + key, value, timeout=seconds), otherwise=None)


def count(*, key: str, by: int, seconds: int) -> int | None:
    """Count up, from nothing, and return where it stands; None when nobody counts."""

    def counted() -> int:
        try:
            return cache.incr(_PREFIX + key, by)
        except ValueError:  # nobody has counted yet
            if cache.add(_PREFIX + key, by, timeout=seconds):
                return by
            return cache.incr(_PREFIX + key, by)

    return _asked(counted, otherwise=None)


def _asked(ask: Callable[[], Result], *, otherwise: Result) -> Result:
    global _away_until, _is_away
    if time.monotonic() < _away_until:
        return otherwise
    try:
        found = ask()
    except Exception as error:  # each backend has errors of its own
        _away_until = time.monotonic() + whatsapp_settings().wake_pause.total_seconds()
        if not _is_away:
            logger.warning("cache away", extra={"error": type(error).__name__})
        _is_away = True
        return otherwise
    _is_away = False
    return found


def try_again() -> None:
    """Ask it again at once, as after a pause."""
    global _away_until
    _away_until = 0.0
