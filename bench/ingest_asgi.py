"""The ASGI door beside an empty Django view and beside a package that stores what comes.

Server, load, PostgreSQL and Redis share the machine. Each round measures all of them in turn.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from django.db import connection

from bench import ingest_stand as stand
from bench.figures import Figure, at_least, at_most, noted
from bench.ingest_stand import Sample, Server
from bench.system import System
from dev.processes import Failure
from dev.servers import ROOT, make_database
from whatsapp.models import WebhookEvent

ROUNDS = 5
EMPTY = "bench.ingest_empty:application"
SERVERS_OF_EMPTY = {
    "granian, 1 thread": (*stand.GRANIAN, "--blocking-threads", "1", EMPTY),
    "granian, 8 threads": (*stand.GRANIAN, "--blocking-threads", "8", EMPTY),
    "uvicorn": (*stand.UVICORN, "--interface", "wsgi", EMPTY),
}
PEER_PATH = "/webhook/"
OPEN_RATE, OPEN_SECONDS = 3_300, 8.0  # what Meta advises for a number of 1,000 a second


def run(system: System) -> list[Figure]:
    """Requests a second, CPU and times of the door; then at a set rate."""
    connection.ensure_connection()
    empty = fastest_empty(system)
    samples: dict[str, list[Sample]] = {"door": [], "empty": [], "peer": []}
    with ExitStack() as stack:
        door = stack.enter_context(stand.served(system, "door", *stand.DOOR))
        other = stack.enter_context(stand.served(system, "empty", *SERVERS_OF_EMPTY[empty]))
        peer = stack.enter_context(_peer(system))
        for server in (door, other):
            stand.warm(system, server)
        for _ in range(ROUNDS):
            samples["empty"].append(stand.load(system, other))
            samples["door"].append(_checked(system, door))
            if peer is not None:
                samples["peer"].append(stand.load(system, peer, path=PEER_PATH))
        steady = stand.load(system, door, seconds=OPEN_SECONDS, rate=OPEN_RATE)
    return [
        *_figures(samples, empty=empty),
        *_beside_peer(samples),
        *_steady_figures(steady),
    ]


def fastest_empty(system: System) -> str:
    """Under which server the empty view answers most."""
    rates = {}
    for name, command in SERVERS_OF_EMPTY.items():
        with stand.served(system, "empty", *command) as server:
            stand.warm(system, server)
            rates[name] = stand.load(system, server, seconds=2).rate
    return max(rates, key=lambda name: rates[name])


def _checked(system: System, door: Server) -> Sample:
    """A round in which every 200 is a row that was not there before."""
    before = WebhookEvent.objects.count()
    sample = stand.load(system, door)
    stored = WebhookEvent.objects.count() - before
    if stored < sample.good or set(sample.statuses) != {"200"}:
        raise Failure(f"{sample.statuses} answered, {stored} rows stored")
    return sample


@contextmanager
def _peer(system: System) -> Iterator[Server | None]:
    """The best durable package of `docs/benchmarks.md`; none where it cannot be installed."""
    home = system.home / "peer"
    wanted = ["-r", str(ROOT / "bench" / "ingest_peer.txt")]
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    if subprocess.run([*install, str(home), *wanted], stdout=subprocess.DEVNULL).returncode:
        yield None
        return
    database = urlsplit(system.environment["DATABASE_URL"])._replace(path="/peer").geturl()
    make_database(database)
    variables = {
        "DJANGO_SETTINGS_MODULE": "bench.ingest_peer",
        "PEER_DATABASE": database,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(home)]),
    }
    system.children.run(
        "migrate-peer",
        [sys.executable, "-m", "django", "migrate"],
        env={**system.environment, **variables},
        cwd=ROOT,
    )
    command = (*stand.GRANIAN, "--blocking-threads", "8", "bench.ingest_peer_wsgi:application")
    with stand.served(system, "peer", *command, **variables) as server:
        stand.warm(system, server, path=PEER_PATH)
        yield server


def _figures(samples: dict[str, list[Sample]], *, empty: str) -> list[Figure]:
    door, other = samples["door"], samples["empty"]
    rate, spent = stand.middle(other, "rate"), stand.middle(other, "cpu")
    against = f"empty view, {empty}"
    return [
        at_least(
            "ingest_asgi",
            stand.middle(door, "rate"),
            "/s",
            goal=1.0,
            ratio=stand.ratio(door, other, "rate"),
            against=f"{against}: {rate:.0f}/s",
        ),
        at_most(
            "ingest_asgi_cpu",
            stand.middle(door, "cpu"),
            "µs",
            goal=0.9,
            ratio=stand.ratio(door, other, "cpu"),
            against=f"{against}: {spent:.0f} µs",
        ),
        noted("ingest_asgi_cpu_database", stand.middle(door, "database"), "µs"),
        noted("ingest_asgi_cpu_load", stand.middle(door, "load"), "µs", against="counted apart"),
        at_most("ingest_asgi_p99", stand.middle(door, "p99"), "ms", goal=50),
    ]


def _beside_peer(samples: dict[str, list[Sample]]) -> list[Figure]:
    door, peer = samples["door"], samples["peer"]
    if not peer:
        return [noted("ingest_asgi_peer", 0, "/s", against="could not be installed here")]
    against = f"django-meta-whatsapp: {stand.middle(peer, 'rate'):.0f}/s"
    ratio = stand.ratio(door, peer, "rate")
    rate = stand.middle(door, "rate")
    return [at_least("ingest_asgi_peer", rate, "/s", goal=20, ratio=ratio, against=against)]


def _steady_figures(steady: Sample) -> list[Figure]:
    return [
        at_least("ingest_open_rate", steady.rate, "/s", goal=OPEN_RATE * 0.98),
        at_most("ingest_open_p50", steady.p50, "ms", goal=10),
        at_most("ingest_open_p99", steady.p99, "ms", goal=60),
        at_most("ingest_open_max", steady.slowest, "ms", goal=250),
    ]
