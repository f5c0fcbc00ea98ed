"""Whether the sender keeps Meta's 80 messages a second, and how little of it it leaves unused.

The receiver is the simulator: it takes no more than 80 in a second, refuses as Meta does, and
notes when each request arrived. Two workers are there throughout. The sender is woken once, for
all: whoever has to follow it must find out alone.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bench import rows
from bench.arrivals import Arrivals
from bench.departures import departures
from bench.figures import Figure, at_least, at_most, noted
from bench.system import LONGEST, System, Worker, prefer
from dev.credentials import NUMBER_ID
from dev.processes import Failure
from tests.simulator_process import SimulatorProcess, running_simulator
from whatsapp.conf import whatsapp_settings
from whatsapp.models import SenderState

LIMIT = 80  # a second
MESSAGES = LIMIT * 30  # half a minute's
TROUBLE_AFTER = LIMIT * 10  # messages: then the holder is stopped, where it is
LOOK_EVERY = 0.5  # seconds
JITTER = 0.1  # seconds by which a silence may be longer than the rules make it


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One run, as it looked from the simulator."""

    accepted: Arrivals
    largest_second: int  # of all that arrived, refused ones too
    largest_second_left: int  # by the rows of those that were accepted
    refused: int  # each of them slows the number down for a while


def run(system: System) -> list[Figure]:
    """The pace with quick and slow answers, and when the holder of the lease is stopped."""
    quick = drain(system, latency=50)
    slow = drain(system, latency=500)
    handed_over = drain(system, latency=50, trouble=_stopper(signal.SIGTERM))
    killed = drain(system, latency=50, trouble=_stopper(signal.SIGKILL))
    conf = whatsapp_settings()
    silence = conf.sender_lease.total_seconds() + 1 + JITTER
    return [
        *_pace("send_rate_80", quick, goal=0.99 * LIMIT),
        *_pace("send_rate_80_slow", slow, goal=0.99 * LIMIT),
        *_pace("send_rate_80_hand_over", handed_over, goal=76.5),
        noted("send_rate_80_hand_over_silence", handed_over.accepted.longest_silence(), "s"),
        at_most("send_rate_80_kill_silence", killed.accepted.longest_silence(), "s", goal=silence),
        *law("send_rate_80_kill", killed),
    ]


def _pace(name: str, seen: Seen, *, goal: float) -> list[Figure]:
    return [
        at_least(name, seen.accepted.rate(), "/s", goal=goal),
        at_least(f"{name}_later", seen.accepted.after(1).rate(), "/s after 1 s", goal=goal),
        *law(name, seen),
    ]


def law(name: str, seen: Seen) -> list[Figure]:
    """What holds of each run."""
    return [
        at_most(f"{name}_second", seen.largest_second, "arrivals", goal=LIMIT),
        noted(f"{name}_second_left", seen.largest_second_left, "departures"),
        noted(f"{name}_refused", seen.refused, "messages"),
        at_most(f"{name}_doubled", seen.accepted.doubled(), "messages", goal=0),
    ]


Trouble = Callable[[Mapping[int, Worker]], None]


def drain(
    system: System,
    *,
    latency: float,
    trouble: Trouble | None = None,
    messages: int = MESSAGES,
    taken: int = LIMIT,
    stray: float = 0.0,
) -> Seen:
    """Send half a minute's messages with two workers; ``trouble`` comes a third of the way.

    Meta takes so many a second, and of those refuses a ``stray`` share as too fast all the same.
    """
    number = rows.fresh_number(limit=LIMIT)
    rows.make_people(messages, number=number)
    token = system.environment["WHATSAPP_ACCESS_TOKEN"]
    with (
        running_simulator(access_token=token, rate=taken, latency_ms=latency) as simulator,
        _two_workers(system, simulator) as workers,
    ):
        prefer(simulator.process.pid)
        if stray:
            simulator.fault(kind="130429", rate=stray)
        rows.queue_broadcast(messages, number=number)
        rows.wake(number=number)
        for _ in _while_waiting():
            if trouble and simulator.stats()["accepted"] > TROUBLE_AFTER:
                trouble(workers)
                trouble = None
        return _seen(simulator)


@contextmanager
def _two_workers(system: System, simulator: SimulatorProcess) -> Iterator[dict[int, Worker]]:
    where = {"WHATSAPP_GRAPH_URL": simulator.graph_url}
    with system.sender("first", **where) as first, system.sender("second", **where) as second:
        yield {worker.pid: worker for worker in (first, second)}


def _while_waiting() -> Iterator[None]:
    """Look again and again until nothing waits; nobody is woken any more."""
    deadline = time.monotonic() + LONGEST
    while not rows.is_drained():
        if time.monotonic() > deadline:
            raise Failure(f"messages still wait after {LONGEST:.0f} s")
        yield
        time.sleep(LOOK_EVERY)


def _stopper(how: signal.Signals) -> Trouble:
    def stop_holder(workers: Mapping[int, Worker]) -> None:
        holder = SenderState.objects.get().holder  # host:pid:thread
        os.kill(workers[int(holder.split(":")[1])].pid, how)

    return stop_holder


def _seen(simulator: SimulatorProcess) -> Seen:
    ledger = simulator.ledger(body="0")
    counts = simulator.stats()["numbers"][NUMBER_ID]
    return Seen(
        accepted=Arrivals(
            times=[entry["arrived_monotonic"] for entry in ledger],
            callbacks=[entry["biz_opaque_callback_data"] for entry in ledger],
        ),
        largest_second=counts["largest_second_arrived"],
        largest_second_left=departures().largest_second(),
        refused=counts["arrived"] - counts["accepted"],
    )
