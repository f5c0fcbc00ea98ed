"""One side by side run of the processor and its peers, on events that are recorded already."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median
from typing import TypeVar

from celery import Task
from django.utils import timezone

from bench.figures import Figure, at_least
from bench.system import System, Worker, wait_for
from whatsapp.models import WebhookEvent
from whatsapp.services import webhook_events

T = TypeVar("T")
POOL = ("--pool", "prefork", "--concurrency", "4")  # of the peer, at its best on two cores


Rates = Mapping[str, float]  # of one round, events per second by contender


def ours() -> float:
    """Process all that is due, as the task does it, in this process; events per second."""
    started, taken = time.monotonic(), 0
    while count := webhook_events.process_due(now=timezone.now()):
        taken += count
    return taken / (time.monotonic() - started)


def loop(things: Sequence[T], take: Callable[[T], None]) -> float:
    """Take one after the other in this process; per second."""
    started = time.monotonic()
    for thing in things:
        take(thing)
    return len(things) / (time.monotonic() - started)


def tasks(task: Task[[int], None], worker: Worker) -> float:
    """Have a worker apply the pending events, a task for each; events per second."""
    control, queue = task.app.control, task.app.conf.task_default_queue
    control.cancel_consumer(queue, destination=[worker.node], reply=True)
    events = pending()
    for event in events:
        task.delay(event)
    started = time.monotonic()
    control.add_consumer(queue, destination=[worker.node])
    wait_for(lambda: not WebhookEvent.objects.pending().exists(), what="all events processed")
    return len(events) / (time.monotonic() - started)


def pending() -> list[int]:
    """The events that wait, in their order."""
    return list(WebhookEvent.objects.pending().order_by("pk").values_list("pk", flat=True))


@contextmanager
def peer_worker(system: System) -> Iterator[Worker]:
    """A worker that takes a task per event; it listens to nothing else."""
    lean = {"DJANGO_SETTINGS_MODULE": "bench.peer_settings"}
    app = "bench.receiving_peers:receiving"
    with system.worker("receiving", *POOL, app=app, **lean) as worker:
        yield worker


def faster(name: str, rounds: Sequence[Rates], *, than: str, goal: float, against: str) -> Figure:
    """Judge the median of the ratios of rounds that ran side by side."""
    ratio = median(each["ours"] / each[than] for each in rounds)
    shown = f"{against}: {rate(rounds, than):.0f}/s"
    return at_least(name, rate(rounds, "ours"), "/s", goal=goal, ratio=ratio, against=shown)


def rate(rounds: Sequence[Rates], name: str) -> float:
    return median(each[name] for each in rounds)
