"""Web servers as an operator starts them, and the load that is put on them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from statistics import median

from bench import cpu
from bench.system import System
from dev.redis_server import free_port
from dev.servers import ROOT
from dev.system import is_taken

PATH = "/api/v1/whatsapp/webhook"
WORKERS = ("--workers", "2")  # of each server alike
GRANIAN = ("granian", "--interface", "wsgi", *WORKERS, "--no-ws", "--log-level", "warning")
QUIET = ("--no-access-log", "--no-server-header", "--no-date-header", "--no-proxy-headers")
UVICORN = ("uvicorn", *WORKERS, *QUIET, "--log-level", "warning")
DOOR = (*UVICORN, "cypher_erp.asgi:application")
MOST = 30_000  # requests a second that a closed loop may make
_marks = count()


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A web server with its workers, under one process."""

    name: str
    port: int
    pid: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """What one load met. Times in milliseconds, CPU in microseconds for each answer."""

    rate: float
    p50: float
    p99: float
    slowest: float
    statuses: Mapping[str, int]
    cpu: float  # of server, database and broker
    database: float
    load: float  # of the load generator, not counted above

    @property
    def good(self) -> int:
        return self.statuses.get("200", 0)


@contextmanager
def served(system: System, name: str, *command: str, **variables: str) -> Iterator[Server]:
    """A server that listens; it is asked to end with the block."""
    port = free_port()
    child = system.children.start(
        name,
        [sys.executable, "-m", *command, "--port", str(port)],
        env={**system.environment, "DJANGO_LOG_LEVEL": "WARNING", **variables},
        cwd=ROOT,
    )
    try:
        system.children.wait_until(lambda: is_taken(port), what=f"The server {name}")
        yield Server(name=name, port=port, pid=child.process.pid)
    finally:
        system.end(child)


def load(
    system: System,
    server: Server,
    *,
    seconds: float = 3.0,
    rate: float = 0.0,
    connections: int = 128,
    path: str = PATH,
) -> Sample:
    """Post distinct webhooks of one status each, as fast as answers come or at a set rate."""
    command = [sys.executable, "-m", "bench.ingest_load", "--port", str(server.port)]
    command += ["--path", path, "--secret", system.environment["WHATSAPP_APP_SECRET"]]
    command += ["--seconds", str(seconds), "--rate", str(rate), "--mark", f"m{next(_marks)}"]
    command += ["--connections", str(connections), "--count", str(int((rate or MOST) * seconds))]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()  # all bodies are made
        before = cpu.used(workers=[server.pid])
        process.stdin.write("go\n")
        process.stdin.flush()
        said = json.loads(process.stdout.readline())
        spent = cpu.used(workers=[server.pid]) - before
    each = 1e6 / max(1, said["answered"])
    return Sample(
        rate=said["rate"],
        p50=said["p50"],
        p99=said["p99"],
        slowest=said["max"],
        statuses=said["statuses"],
        cpu=spent.total * each,
        database=spent.database * each,
        load=said["cpu_seconds"] * each,
    )


def warm(system: System, server: Server, *, path: str = PATH) -> None:
    """Let each worker import, connect and plan before it is measured."""
    load(system, server, seconds=0.5, path=path)


def middle(samples: list[Sample], of: str) -> float:
    return median(getattr(sample, of) for sample in samples)


def ratio(mine: list[Sample], theirs: list[Sample], of: str) -> float:
    """The median of the ratios of rounds that ran side by side."""
    pairs = zip(mine, theirs, strict=True)
    return median(getattr(one, of) / getattr(other, of) for one, other in pairs)
