"""What a soak does to the system: as many messages as it may send, and all that can go wrong.

Three workers send and receive, behind one web server. Two of the workers are killed, or asked to
end, one after the other; the third and the web server live through it all and must not grow. Meta
fails calls and garbles webhooks. At the end nothing is in the way any more, and all must settle.
"""

from __future__ import annotations

import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from bench import drift, memory, rows
from bench.figures import Figure, at_most, noted
from bench.system import System, wait_for
from dev.processes import Child
from dev.redis_server import free_port
from dev.servers import ROOT
from tests.simulator_process import SimulatorProcess, running_simulator
from whatsapp.domain.content import TemplateCall
from whatsapp.models import BusinessNumber, OutboxItem, WebhookEvent

LIMIT = 80  # a second
AHEAD = LIMIT * 10  # messages that wait at any time
PEOPLE = LIMIT * 100  # so many that nobody waits for an earlier message of theirs
FRAIL = ("frail", "frailer")  # the workers that come and go
HARM = (15.0, 30.0)  # seconds between two workers that end
FAULT = (3.0, 9.0)  # seconds between two faults of a call
CALLS = ("server_error_before", "server_error_after", "reset_before", "reset_after", "hang_after")
WEBHOOKS = ("duplicate", "reorder", "early")  # at a rate, all the time
SETTLING = 300.0  # seconds in which all must be settled when the harm has ended
GROWTH = 64.0  # megabytes by which a process may grow after its first minute
WARM = 60.0  # seconds
CUSTOMER = "+40799000001"  # writes once a second: webhooks flow
NEWS = TemplateCall(name="bench_soak", language="ro", components=(), rendered="Bună ziua!")


class Herd:
    """The processes of the system; two of the workers come and go."""

    def __init__(self, system: System, *, environment: Mapping[str, str]) -> None:
        self._children, self._environment = system.children, environment
        self._running: dict[str, Child] = {}
        port = free_port()
        self.door = f"http://127.0.0.1:{port}/api/v1/whatsapp/webhook"
        address = ("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning")
        self._start("web", "uvicorn", "cypher_erp.asgi:application", *address)
        self._start("beat", "celery", "-A", "cypher_erp", "beat")
        for name in ("steady", *FRAIL):
            self._start_worker(name)

    def strike(self, name: str, *, how: signal.Signals) -> None:
        """End a worker, and start it again."""
        child = self._running[name]
        child.process.send_signal(how)
        child.process.wait(timeout=60)
        self._children.forget(child)
        self._start_worker(name)

    def resident(self) -> dict[str, float]:
        """Megabytes held by those that live through it all."""
        return {
            name: memory.resident(self._running[name].process.pid) for name in ("web", "steady")
        }

    def check(self) -> None:
        """Failure when one ended that nobody struck."""
        self._children.check()

    def _start_worker(self, name: str) -> None:
        self._start(name, "celery", "-A", "cypher_erp", "worker", "--hostname", f"{name}@localhost")

    def _start(self, name: str, module: str, *arguments: str) -> None:
        self._running[name] = self._children.start(
            name, [sys.executable, "-m", module, *arguments], env=self._environment, cwd=ROOT
        )


def run(system: System, *, minutes: float, say: Callable[[object], None]) -> list[Figure]:
    """Send among harm for so long, settle, and compare."""
    with _simulator(system) as simulator:
        where = {
            "WHATSAPP_GRAPH_URL": simulator.graph_url,
            "DJANGO_SETTINGS_MODULE": "bench.soak_settings",
        }
        herd = Herd(system, environment={**system.environment, **where})
        simulator.settings(webhook_url=herd.door)
        simulator.wait_for(simulator.verify, what="the web server", timeout=60)
        number = rows.fresh_number(limit=LIMIT)
        rows.make_people(PEOPLE, number=number)
        grown = _suffer(herd, simulator, number=number, seconds=minutes * 60, say=say)
        say("The harm has ended; waiting until all is settled …")
        simulator.clear_faults()
        _settle(simulator)
        books = drift.compare(simulator)
        say(books)
        largest = simulator.stats()["numbers"][number.phone_number_id]["largest_second_arrived"]
    return [*_figures(books, largest=largest), *_grown(grown)]


@contextmanager
def _simulator(system: System) -> Iterator[SimulatorProcess]:
    names = ("access_token", "app_secret", "verify_token")
    secrets = {name: system.environment[f"WHATSAPP_{name.upper()}"] for name in names}
    pace = {"rate": LIMIT, "latency_ms": 50, "batch_size": 20, "delivered_after": 0.5}
    with running_simulator(**secrets, **pace) as simulator:
        simulator.template(NEWS.name, NEWS.rendered)
        for kind in WEBHOOKS:
            simulator.fault(kind, rate=0.02)
        yield simulator


def _suffer(
    herd: Herd,
    simulator: SimulatorProcess,
    *,
    number: BusinessNumber,
    seconds: float,
    say: Callable[[object], None],
) -> dict[str, float]:
    """Keep the queue full while workers and calls fail; return how many megabytes each grew."""
    dice = random.Random(1)
    started = time.monotonic()
    harm_at, fault_at, warm_at = started + HARM[0], started + FAULT[0], started + WARM
    at_first: dict[str, float] = {}
    written = 0
    while (now := time.monotonic()) < started + seconds:
        herd.check()
        written += _top_up(number, written=written)
        simulator.inbound_text(CUSTOMER, "Mulțumesc!")
        if now >= harm_at:
            name, how = dice.choice(FRAIL), dice.choice((signal.SIGKILL, signal.SIGTERM))
            herd.strike(name, how=how)
            taken = simulator.stats()["accepted"]
            say(
                f"{now - started:5.0f} s  {written:6} queued  {taken:6} taken  {how.name} to {name}"
            )
            harm_at = now + dice.uniform(*HARM)
        if now >= fault_at:
            simulator.fault(dice.choice(CALLS), next=dice.randint(1, 3))
            fault_at = now + dice.uniform(*FAULT)
        if now >= warm_at:
            at_first = at_first or herd.resident()
        time.sleep(1)
    return {name: held - at_first.get(name, held) for name, held in herd.resident().items()}


def _top_up(number: BusinessNumber, *, written: int) -> int:
    """Queue what is missing to ``AHEAD`` messages, to people in turn, and wake the sender."""
    missing = AHEAD - OutboxItem.objects.filter(state="PENDING").count()
    if missing > 0:
        rows.queue_up(missing, number=number, content=NEWS, first=written % (PEOPLE - AHEAD))
    rows.wake(number=number)
    return max(0, missing)


def _settle(simulator: SimulatorProcess) -> None:
    """Wait until no row and no webhook moves, while customers go on writing."""

    def is_settled() -> bool:
        simulator.inbound_text(CUSTOMER, "Mulțumesc!")
        time.sleep(1)
        moving = OutboxItem.objects.filter(state__in=("PENDING", "CLAIMED", "UNCONFIRMED"))
        return not moving.exists()

    wait_for(is_settled, what="no message waits or is in doubt", seconds=SETTLING)
    simulator.wait_until_idle(timeout=SETTLING)
    wait_for(lambda: not WebhookEvent.objects.pending().exists(), what="no event waits")


def _figures(books: drift.Drift, *, largest: int) -> list[Figure]:
    return [
        noted("soak_messages", books.total, "messages"),
        noted("soak_resent", books.resent, "messages, after doubt"),
        noted("soak_held", books.held, "messages, for a person"),
        *(
            at_most(f"soak_{name}", getattr(books, name), "messages", goal=0)
            for name in ("unknown", "lost", "behind", "unexplained", "forsaken")
        ),
        at_most("soak_left", sum(books.left.values()), "rows", goal=0),
        at_most("soak_second", largest, "arrivals", goal=LIMIT),
    ]


def _grown(grown: Mapping[str, float]) -> list[Figure]:
    return [
        at_most(f"soak_growth_{name}", megabytes, "MB", goal=GROWTH)
        for name, megabytes in grown.items()
    ]
