"""How fast and how cheap the sender is when no limit holds it, beside one task per message.

All three send the same rows to the same receiver over TLS, in turn, round by round. Their workers
run all the time; who is not measured has nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from celery import Task

from bench import cpu, peers, rows, stand_in
from bench.figures import Figure, at_least, at_most, noted
from bench.stand_in import StandIn
from bench.system import System, Worker, wait_for
from whatsapp.models import BusinessNumber, Message

ROUNDS = 5
LATENCY = 50.0  # milliseconds to each answer, about what Meta takes
NO_LIMIT = 30_000  # a second; the column holds no more
OURS, TUNED, PLAIN = 5_000, 600, 300  # messages in a round: some seconds each
POOL = ("--pool", "prefork", "--concurrency", "10")  # of the peers; ours takes what it needs


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One round of one of the three."""

    rate: float  # per second
    cpu: float  # milliseconds per message: worker, database and broker
    database: float  # of it


class Contender(Protocol):
    """One of the three."""

    @property
    def worker(self) -> Worker: ...

    @property
    def count(self) -> int: ...

    def prepare(self) -> None:
        """Have ``count`` messages ready to be sent."""

    def begin(self) -> None:
        """Set the worker to work on them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ours:
    worker: Worker
    number: BusinessNumber
    count: int = OURS

    def prepare(self) -> None:
        rows.queue_broadcast(self.count, number=self.number)

    def begin(self) -> None:
        rows.wake(number=self.number)


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    worker: Worker
    number: BusinessNumber
    task: Task[[int], None]
    count: int

    def prepare(self) -> None:
        """Fill the queue while the worker does not listen to it."""
        control, queue = self.task.app.control, self.task.app.conf.task_default_queue
        control.cancel_consumer(queue, destination=[self.worker.node], reply=True)
        for message in rows.write(self.count, number=self.number):
            self.task.delay(message)

    def begin(self) -> None:
        control, queue = self.task.app.control, self.task.app.conf.task_default_queue
        control.add_consumer(queue, destination=[self.worker.node])


def run(system: System) -> list[Figure]:
    """Messages per second and CPU per message of the three."""
    number = rows.fresh_number(limit=NO_LIMIT)
    rows.make_people(OURS, number=number)
    samples: dict[str, list[Sample]] = {"ours": [], "tuned": [], "plain": []}
    with (
        stand_in.running(certificate=system.certificate) as receiver,
        _contenders(system, number=number, receiver=receiver) as contenders,
    ):
        for _ in range(ROUNDS):
            for name, contender in contenders.items():
                samples[name].append(_measure(contender, receiver=receiver))
    return _figures(samples)


@contextmanager
def _contenders(
    system: System, *, number: BusinessNumber, receiver: StandIn
) -> Iterator[dict[str, Contender]]:
    where = receiver.environment()
    lean = {**where, "DJANGO_SETTINGS_MODULE": "bench.peer_settings"}
    with (
        system.sender("ours", **where) as ours,
        system.worker("tuned", *POOL, app="bench.peers:tuned", **lean) as tuned,
        system.worker("plain", *POOL, app="bench.peers:plain", **lean) as plain,
    ):
        yield {
            "ours": Ours(worker=ours, number=number),
            "tuned": Peer(worker=tuned, number=number, task=peers.send_tuned, count=TUNED),
            "plain": Peer(worker=plain, number=number, task=peers.send_plainly, count=PLAIN),
        }


def _measure(contender: Contender, *, receiver: StandIn) -> Sample:
    rows.clear()
    contender.prepare()
    receiver.reset(latency=LATENCY)
    before = cpu.used(workers=[contender.worker.pid])
    contender.begin()
    wait_for(lambda: _recorded() == contender.count, what="all messages sent")
    spent = cpu.used(workers=[contender.worker.pid]) - before
    each = 1000 / contender.count
    return Sample(
        rate=receiver.arrivals().rate(), cpu=spent.total * each, database=spent.database * each
    )


def _recorded() -> int:
    return Message.objects.filter(delivery_status="SENT").count()


def _figures(samples: Mapping[str, list[Sample]]) -> list[Figure]:
    ours, tuned, plain = samples["ours"], samples["tuned"], samples["plain"]
    return [
        _faster("send_unthrottled", ours, than=plain, goal=15, against="task, new connections"),
        _faster(
            "send_unthrottled_tuned", ours, than=tuned, goal=8, against="task, kept connections"
        ),
        at_most("send_unthrottled_cpu", _cpu(ours), "ms/message", goal=0.7),
        noted("send_unthrottled_cpu_database", median(s.database for s in ours), "ms/message"),
        noted(
            "send_unthrottled_cpu_tuned",
            _cpu(tuned),
            "ms/message",
            against="task, kept connections",
        ),
    ]


def _faster(
    name: str, ours: list[Sample], *, than: list[Sample], goal: float, against: str
) -> Figure:
    """Judge the median of the ratios of rounds that ran side by side."""
    ratio = median(mine.rate / theirs.rate for mine, theirs in zip(ours, than, strict=True))
    shown = f"{against}: {median(s.rate for s in than):.0f}/s"
    rate = median(sample.rate for sample in ours)
    return at_least(name, rate, "/s", goal=goal, ratio=ratio, against=shown)


def _cpu(samples: list[Sample]) -> float:
    return median(sample.cpu for sample in samples)
