"""Tell the ERP what happened, without letting its receivers trouble us."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from whatsapp import signals
from whatsapp.errors import NotFoundError
from whatsapp.models import SignalFailure
from whatsapp.models.change import ChangeKind
from whatsapp.services.shared import change_log

logger = logging.getLogger(__name__)

Receiver = Callable[..., Any]
Ids = Mapping[str, Any]


def emit(signal: Signal, **ids: list[int] | int | str) -> None:
    """Log a change, and send its outgoing signal, inside the transaction that makes it true.

    Nothing is sent when nobody listens. Each receiver runs in a savepoint: one that fails loses
    its own writes only; it is kept as a SignalFailure, committed with what it was told of.
    """
    if not all(ids.values()):
        return
    for changed in ids.values():
        if isinstance(changed, list):  # what is told of one thing alone is no change of rows
            change_log.note(kind=ChangeKind(_name(signal)), ids=changed)
    if not signal.has_listeners(sender=None):
        return
    with transaction.atomic():
        failures = [
            SignalFailure(
                signal=_name(signal), receiver=_path(receiver), ids=ids, error=_words(failure)
            )
            for receiver, failure in _failing(signal, _receivers(signal), ids)
        ]
        SignalFailure.objects.bulk_create(failures)


@transaction.atomic
def repeat(*, failure_id: int) -> SignalFailure:
    """Call the receiver that failed again, with the same ids; the row says how it went.

    One that succeeded since is not called twice. Raises NotFoundError.
    """
    row = SignalFailure.objects.select_for_update().filter(pk=failure_id).first()
    if row is None:
        raise NotFoundError("There is no such failed receiver.", details={"id": failure_id})
    if row.succeeded_at is not None:
        return row
    signal: Signal = getattr(signals, row.signal)
    meant = [receiver for receiver in _receivers(signal) if _path(receiver) == row.receiver]
    failures = [_words(failure) for _, failure in _failing(signal, meant, row.ids)]
    row.attempts += 1
    row.error = "; ".join(failures)[:500] if meant else "Nothing of this name listens any more."
    if meant and not failures:
        row.succeeded_at = timezone.now()
    else:
        row.failed_at = timezone.now()
    row.save(update_fields=["attempts", "error", "succeeded_at", "failed_at"])
    return row


def _failing(
    signal: Signal, receivers: Sequence[Receiver], ids: Ids
) -> Iterator[tuple[Receiver, Exception]]:
    """Call each in a savepoint of its own; give those that failed."""
    for receiver in receivers:
        try:
            with transaction.atomic():
                receiver(signal=signal, sender=None, **ids)
        except Exception as failure:
            frame = traceback.extract_tb(failure.__traceback__)[-1]
            logger.error(  # without the exception's text, which may hold a customer's
                "receiver of a signal failed",
                extra={
                    "receiver": _path(receiver),
                    "ids": ids,
                    "error": type(failure).__name__,
                    "place": f"{frame.filename}:{frame.lineno}",
                },
            )
            yield receiver, failure


def _receivers(signal: Signal) -> Sequence[Receiver]:
    synchronous: Sequence[Receiver] = signal._live_receivers(None)[0]
    return synchronous


def _name(signal: Signal) -> str:
    return next(name for name, value in vars(signals).items() if value is signal)


def _path(receiver: Receiver) -> str:
    """Where it is defined; the same in every process."""
    while isinstance(receiver, partial):
        receiver = receiver.func
    name = getattr(receiver, "__qualname__", type(receiver).__qualname__)
    return f"{receiver.__module__}.{name}"[:255]


def _words(failure: Exception) -> str:
    """The first line only: PostgreSQL's details show what somebody wrote."""
    said = (str(failure).splitlines() or [""])[0]
    return f"{type(failure).__name__}: {said}"[:500]
