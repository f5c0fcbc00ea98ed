"""The door for order signals: the ERP's, by dotted path, and our own three.

WhatsApp's trouble never becomes the ERP's: whatever goes wrong here is logged and swallowed, and
the transaction that announced the event goes on as if nobody had listened.
"""

from __future__ import annotations

import logging
from functools import partial

from django.dispatch import Signal
from django.utils.module_loading import import_string

from whatsapp import signals
from whatsapp.conf import ORDER_EVENTS, whatsapp_settings
from whatsapp.services import orders

logger = logging.getLogger(__name__)


def connect() -> None:
    """Listen to order events; to nothing when the module is disabled."""
    conf = whatsapp_settings()
    if not conf.enabled:
        return
    for event in ORDER_EVENTS:
        _listen(getattr(signals, event), event=event)
        path = conf.order_signals.get(event)
        signal = _erp_signal(path) if path else None
        if signal is not None:
            _listen(signal, event=event)


def _erp_signal(path: str) -> Signal | None:
    """Find the ERP's signal; a wrong path is for the system check, which names it with a hint."""
    try:
        signal = import_string(path)
    except ImportError:
        logger.exception("order signal not found", extra={"path": path})
        return None
    return signal if isinstance(signal, Signal) else None


def _listen(signal: Signal, *, event: str) -> None:
    uid = f"whatsapp.receivers.{event}"
    signal.connect(partial(_announce, event), weak=False, dispatch_uid=uid)


def _announce(event: str, /, **sent: object) -> None:
    """Insert the pending notices. What fails here is found by no sweep, so it is logged as lost."""
    try:
        orders.announce(
            event=event,
            order_ids=sent["order_ids"],  # type: ignore[arg-type]  # the ERP's word, not ours
            occurrence=str(sent.get("occurrence", "")),
        )
    except Exception:  # the ERP's transaction must not feel it
        logger.exception("order event lost", extra={"order_event": event, "orders": _shown(sent)})


def _shown(sent: dict[str, object]) -> str:
    """Show which orders, or what came instead; an import of thousands fills no log."""
    return repr(sent.get("order_ids", "no order_ids"))[:500]
