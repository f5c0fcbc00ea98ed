"""Tell the ERP what happened, without letting its receivers trouble us."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from django.dispatch import Signal

logger = logging.getLogger(__name__)


def emit(signal: Signal, **ids: list[int]) -> None:
    """Send one of our outgoing signals inside the transaction that makes it true.

    Nothing happens when nobody listens. Each receiver runs in a savepoint: one that fails is
    logged with the ids, loses its own writes only, and can be called again with them.
    """
    if not signal.has_listeners(sender=None) or not all(ids.values()):
        return
    with transaction.atomic():
        for receiver, failure in _send_apart(signal, ids):
            logger.error(
                "receiver of a signal failed",
                extra={"receiver": repr(receiver), "ids": ids},
                exc_info=failure,
            )


def _send_apart(signal: Signal, ids: dict[str, list[int]]) -> list[tuple[Any, Exception]]:
    failures: list[tuple[Any, Exception]] = []
    for receiver in signal._live_receivers(None)[0]:
        try:
            with transaction.atomic():
                receiver(signal=signal, sender=None, **ids)
        except Exception as failure:
            failures.append((receiver, failure))
    return failures
