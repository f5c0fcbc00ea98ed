"""How fast and how cheap the sender is when no limit holds it."""

from __future__ import annotations

from bench import cpu, rows, stand_in
from bench.figures import Figure, at_most, noted
from bench.system import System, wait_for

LATENCY = 50.0  # milliseconds to each answer, about what Meta takes
NO_LIMIT = 30_000  # a second; the column holds no more
MESSAGES = 5_000


def run(system: System) -> list[Figure]:
    """Messages per second and CPU per message of one worker."""
    with stand_in.running(certificate=system.certificate) as receiver:
        number = rows.fresh_number(limit=NO_LIMIT)
        rows.make_people(MESSAGES, number=number)
        with system.sender("sender", **receiver.environment()) as worker:
            receiver.reset(latency=LATENCY)
            rows.queue_texts(MESSAGES, number=number)
            before = cpu.used(workers=[worker.pid])
            rows.wake(number=number)
            wait_for(rows.is_drained, what="all messages sent")
            spent = cpu.used(workers=[worker.pid]) - before
        arrivals = receiver.arrivals()
    each = 1000 / MESSAGES
    return [
        noted("send_unthrottled", arrivals.rate(), "/s"),
        at_most("send_unthrottled_cpu", spent.total * each, "ms/message", goal=0.7),
        noted("send_unthrottled_cpu_database", spent.database * each, "ms/message"),
    ]
