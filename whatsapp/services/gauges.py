"""What a monitor reads at each scrape: each number's sender and queue, events and statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from whatsapp.domain.breaker import Cause
from whatsapp.domain.retry import Priority
from whatsapp.services.events import event_view
from whatsapp.services.events.event_view import Standing
from whatsapp.services.sending import queue_view
from whatsapp.services.sending.queue_view import LEAVING, TROUBLE, NumberQueue, Why
from whatsapp.services.sending.senders import Sending
from whatsapp.services.statistics import rollup

Samples = Iterator[tuple[dict[str, str], float]]
_CAUSES = (Cause.TROUBLE, Cause.SLOW, Cause.ACCOUNT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gauge:
    """A name with its samples, each by its labels; ``number`` is a business number's id at Meta.

    A sample is there for every value of a label, also when it is 0, so that alerts can rely on it.
    """

    name: str
    help: str
    samples: Sequence[tuple[Mapping[str, str], float]]


def read(*, now: datetime) -> list[Gauge]:
    """Read all gauges: one pass over the outbox, see ``queue_view.look``, one query for events."""
    queues = queue_view.look(now=now)
    of_numbers = [
        Gauge(name=f"whatsapp_{name}", help=words, samples=_samples(queues, of_queue))
        for name, (words, of_queue) in _GAUGES.items()
    ]
    return [*of_numbers, *_of_events(event_view.standing()), _of_stats(now)]


def _of_stats(now: datetime) -> Gauge:
    behind = (now - rollup.counted_until()).total_seconds()
    return Gauge(
        name="whatsapp_stats_behind_seconds",
        help="How long ago the oldest change came that the statistics do not count yet",
        samples=[({}, max(0.0, behind))],
    )


def _of_events(found: Standing) -> Iterator[Gauge]:
    """Of all numbers together: not every event belongs to one."""
    yield Gauge(
        name="whatsapp_webhook_oldest_pending_seconds",
        help="How long ago the oldest event came that is not processed yet, whatever it waits for",
        samples=[({}, found.oldest_pending.total_seconds())],
    )
    yield Gauge(
        name="whatsapp_webhook_oldest_due_seconds",
        help="How long the first event that is due has been waiting to be taken up",
        samples=[({}, found.oldest_due.total_seconds())],
    )
    counts = {"pending": found.pending, "retried": found.retried, "dead": found.dead}
    yield Gauge(
        name="whatsapp_webhook_events",
        help="Events never tried yet, tried and to be tried again, or given up",
        samples=[({"state": state}, count) for state, count in counts.items()],
    )


def _samples(
    queues: Sequence[NumberQueue], of_queue: Callable[[NumberQueue], Samples]
) -> list[tuple[Mapping[str, str], float]]:
    return [
        ({"number": queue.sender.number.phone_number_id, **labels}, value)
        for queue in queues
        for labels, value in of_queue(queue)
    ]


def _breaker_open(queue: NumberQueue) -> Samples:
    holds = queue.sender.sending is not Sending.RUNNING
    for cause in _CAUSES:
        yield {"cause": cause.lower()}, holds and queue.sender.breaker.cause is cause


def _sender_elected(queue: NumberQueue) -> Samples:
    yield {}, bool(queue.sender.holder)


def _waiting(queue: NumberQueue) -> Samples:
    leaving = [each for each in queue.waiting if each.why in LEAVING]
    for priority in Priority:
        count = sum(each.count for each in leaving if each.priority is priority)
        yield {"priority": priority.name.lower()}, count


def _put_off(queue: NumberQueue) -> Samples:
    yield {}, queue.count(Why.SCHEDULED, Why.QUIET_HOURS)


def _oldest_due(queue: NumberQueue) -> Samples:
    yield {}, queue.oldest_due.total_seconds()


def _trouble(queue: NumberQueue) -> Samples:
    for why in TROUBLE:
        yield {"state": why.value}, queue.count(why)


_GAUGES: Mapping[str, tuple[str, Callable[[NumberQueue], Samples]]] = {
    "breaker_open": ("1 while the circuit breaker holds messages back", _breaker_open),
    "sender_elected": ("1 while somebody holds the number's lease", _sender_elected),
    "outbox_waiting": ("Messages that leave by themselves, now or after a retry", _waiting),
    "outbox_put_off": ("Messages scheduled for later, or put off by quiet hours", _put_off),
    "outbox_oldest_due_seconds": ("How long the first due message has been waiting", _oldest_due),
    "outbox_trouble": ("Messages that wait for news of Meta, or for a person", _trouble),
}
