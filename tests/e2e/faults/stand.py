"""The whole system in processes of its own, and the hands that break them."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from django.utils import timezone

from dev import redis_server
from dev.processes import Child
from tests.e2e.faults.machines import Machines
from tests.simulator_process import SimulatorProcess
from whatsapp.models import Message, OutboxItem, SenderState, WebhookEvent
from whatsapp.services import settlement

ROOT = Path(__file__).resolve().parents[3]
HEARTBEAT = 0.5  # seconds between two customers who write: webhooks flow
CUSTOMER = "+40799000001"
# No limit that is counted by the hour, and it says how long to wait
HOW = {"http_429": {"kind": "130429", "status": 429, "retry_after": 1}}
MOVING = ("PENDING", "CLAIMED", "UNCONFIRMED")


class Stand:
    """Meta, workers, door and beat on one database; ``environment`` is what they all are given."""

    def __init__(
        self, *, machines: Machines, simulator: SimulatorProcess, environment: dict[str, str]
    ) -> None:
        self.machines = machines
        self.simulator = simulator
        self.environment = environment

    def worker(self, name: str = "worker", *options: str, **environment: str) -> Child:
        """Start a Celery worker; it is at work a second or two later."""
        names = ("-n", f"{name}@%h", "--without-mingle")
        return self._celery(name, "worker", *names, *options, **environment)

    def beat(self) -> Child:
        """Start beat, which sweeps each minute until a test makes that shorter."""
        return self._celery("beat", "beat")

    def door(self) -> str:
        """Start a web server and return its webhook's address."""
        port = redis_server.free_port()
        command = [sys.executable, "-m", "uvicorn", "cypher_erp.asgi:application"]
        options = ["--port", str(port), "--log-level", "warning"]
        environment = self.environment | {"DATABASE_CONN_MAX_AGE": "0"}
        self.machines.start("door", [*command, *options], env=environment, cwd=ROOT)
        address = f"http://127.0.0.1:{port}/api/v1/whatsapp/webhook"
        self.opens_to(address)
        return address

    def opens_to(self, address: str) -> None:
        """Let Meta post to this door, once it answers."""
        self.simulator.settings(webhook_url=address)
        self.machines.wait_until(self.simulator.verify, what="the door")

    def _celery(self, name: str, *options: str, **environment: str) -> Child:
        command = [sys.executable, "-m", "celery", "-A", "cypher_erp", *options, "-l", "WARNING"]
        return self.machines.start(
            name,
            command,
            env=self.environment | environment,
            cwd=ROOT,
        )

    def holder(self) -> str:
        """Wait for a worker that holds the lease and return its name."""
        self.wait_for(lambda: SenderState.objects.exclude(holder=""), what="a sender is elected")
        process_id = SenderState.objects.exclude(holder="").get().holder.split(":")[1]
        return self.machines.named_by_process(int(process_id))

    def strike(
        self, kinds: Mapping[str, int], messages: Sequence[Message]
    ) -> dict[str, list[Message]]:
        """Let so many of the messages, spread evenly, meet each kind of fault once.

        Return who is to meet which; nobody meets two.
        """
        rounds = range(max(kinds.values()))
        order = [kind for n in rounds for kind, count in kinds.items() if n < count]
        met: dict[str, list[Message]] = {kind: [] for kind in kinds}
        for kinds_met, message in zip(
            order, messages[:: len(messages) // len(order)], strict=False
        ):
            for kind in kinds_met.split(", "):
                how = HOW.get(kind, {"kind": kind})
                self.simulator.fault(**how, next=1, to=message.phone_number)
            met[kinds_met].append(message)
        return met

    def taken(self) -> int:
        """How many messages Meta has taken."""
        return int(self.simulator.stats()["accepted"])

    def wait_for(
        self, probe: Callable[[], object], *, what: str, timeout: float = 40.0, sweeps: bool = True
    ) -> None:
        """Wait until the probe is true, while customers write and, as beat would, rounds are made.

        A failure names what was awaited, where everything stands and what the processes said last.
        """
        deadline = time.monotonic() + timeout
        beat_at = sweep_at = time.monotonic()
        while not probe():
            now = time.monotonic()
            assert now < deadline, f"not seen within {timeout} s: {what}\n{self._state()}"
            if now >= beat_at:
                beat_at = now + HEARTBEAT
                self.simulator.inbound_text(CUSTOMER, "Mulțumesc!")
            if sweeps and now >= sweep_at:
                sweep_at = now + 2
                settlement.sweep(now=timezone.now())
            time.sleep(0.1)

    def wait_until_taken(self, count: int) -> None:
        self.wait_for(lambda: self.taken() >= count, what=f"{count} messages taken")

    def wait_until_settled(self, *, timeout: float = 40.0, sweeps: bool = True) -> None:
        """Wait until nothing moves any more, here or at Meta."""
        self.wait_for(
            lambda: not OutboxItem.objects.filter(state__in=MOVING).exists(),
            what="no row waits or is in doubt",
            timeout=timeout,
            sweeps=sweeps,
        )
        self.simulator.wait_until_idle()
        deadline = time.monotonic() + timeout
        while WebhookEvent.objects.pending().exists():
            assert time.monotonic() < deadline, f"events are left over\n{self._state()}"
            if sweeps:
                settlement.sweep(now=timezone.now())
            time.sleep(0.2)

    def _state(self) -> str:
        statuses = Counter(Message.objects.sent().values_list("delivery_status", flat=True))
        states = Counter(OutboxItem.objects.values_list("state", flat=True))
        events = Counter(WebhookEvent.objects.values_list("status", flat=True))
        senders = list(SenderState.objects.values("holder", "epoch", "lease_until", "breaker"))
        return (
            f"taken {self.taken()}, messages {dict(statuses)}, outbox {dict(states)}, "
            f"events {dict(events)}, senders {senders}\n{self.machines.last_words_of_all()}"
        )
