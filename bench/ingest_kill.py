"""kill -9 of a door's worker, then of PostgreSQL, under load: is all there that was answered 200?

On a PostgreSQL of its own with fsync. A killed process does not test a power cut.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.figures import Figure, at_least, at_most, noted
from bench.ingest_stand import DOOR
from bench.system import System
from dev import folders, postgres_server
from dev.processes import Child
from dev.redis_server import free_port
from dev.servers import ROOT, make_database
from dev.system import answers, is_taken
from tests.e2e.faults.machines import Machines

ROUNDS = 20
SECONDS, RATE = 3.0, 2_000
WORKER_DIES, DATABASE_DIES = 0.7, 1.4  # seconds after the load began


@dataclass(frozen=True, kw_only=True, slots=True)
class Toll:
    """Events of all rounds."""

    acknowledged: int  # answered 200
    lost: int  # of those, not in the table
    refused: int  # answered otherwise, or not at all


def run(system: System) -> list[Figure]:
    toll = kill(environment=system.environment, rounds=ROUNDS)
    return [
        at_most("ingest_kill", toll.lost, "lost", goal=0, against=f"{ROUNDS} rounds"),
        at_least("ingest_kill_answered", toll.acknowledged, "events", goal=ROUNDS * 1_000),
        noted("ingest_kill_refused", toll.refused, "events", against="not 200, or no answer"),
    ]


def kill(*, environment: Mapping[str, str], rounds: int) -> Toll:
    """So many rounds; ``environment`` is the door's, but for its database."""
    acknowledged: list[str] = []
    refused = 0
    with folders.scratch() as home, Machines(logs=home / "logs") as machines:
        server = postgres_server.start(
            children=machines, data=home / "data", scratch=home, durable=True
        )
        url = server.format(name="kill")
        make_database(url)
        variables = {**environment, "DATABASE_URL": url, "DJANGO_LOG_LEVEL": "ERROR"}
        migrate = [sys.executable, "manage.py", "migrate"]
        machines.run("migrate", migrate, env=variables, cwd=ROOT)
        port = free_port()
        command = [sys.executable, "-m", *DOOR, "--port", str(port)]
        door = machines.start("door", command, env=variables, cwd=ROOT)
        for number in range(rounds):
            machines.wait_until(lambda: _is_well(url, port=port), what="The door")
            said, ids = _round(
                machines, door, port=port, home=home, mark=f"k{number}", environment=variables
            )
            acknowledged += ids
            refused += sum(said.values()) - said.get("200", 0)
        machines.wait_until(lambda: _is_well(url, port=port), what="PostgreSQL")
        lost = _missing(url, acknowledged)
        machines.kill_all()
    return Toll(acknowledged=len(acknowledged), lost=lost, refused=refused)


def _round(
    machines: Machines,
    door: Child,
    *,
    port: int,
    home: Path,
    mark: str,
    environment: Mapping[str, str],
) -> tuple[dict[str, int], list[str]]:
    """Post while both are killed; return the statuses and the ids answered 200."""
    ids = home / f"{mark}.txt"
    command = [sys.executable, "-m", "bench.ingest_load", "--port", str(port), "--mark", mark]
    command += ["--secret", environment["WHATSAPP_APP_SECRET"], "--acknowledged", str(ids)]
    command += ["--seconds", str(SECONDS), "--rate", str(RATE)]
    command += ["--count", str(int(SECONDS * RATE)), "--connections", "64"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as load:
        assert load.stdin is not None
        assert load.stdout is not None
        load.stdout.readline()
        load.stdin.write("go\n")
        load.stdin.flush()
        time.sleep(WORKER_DIES)
        os.kill(random.choice(_workers(door.process.pid)), signal.SIGKILL)
        time.sleep(DATABASE_DIES - WORKER_DIES)
        _kill_postgres(machines)
        machines.again("postgres")
        said = json.loads(load.stdout.readline())
    return said["statuses"], ids.read_text().split()


def _kill_postgres(machines: Machines) -> None:
    """Postmaster and backends: while one of them lives, no other server starts on their data."""
    backends = _children(machines["postgres"].process.pid)
    machines.kill("postgres")
    for pid in backends:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(map(_lives, backends)):
        time.sleep(0.01)


def _workers(supervisor: int) -> list[int]:
    """uvicorn's worker processes; its resource tracker is none."""
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in _children(supervisor)}
    return [pid for pid, command in commands.items() if b"spawn_main" in command]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _lives(pid: int) -> bool:
    """Whether a process is there and is not merely waiting to be noticed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _is_well(url: str, *, port: int) -> bool:
    """Whether PostgreSQL takes connections and the door listens."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return is_taken(port) and answers(f"http://127.0.0.1:{port}/healthz")


def _missing(url: str, wamids: list[str]) -> int:
    keys = [f"status:{wamid}:sent" for wamid in wamids]
    query = "SELECT unnest(%b::text[]) EXCEPT SELECT idempotency_key FROM whatsapp_webhook_events"
    with psycopg.connect(url) as connection:
        return len(connection.execute(query, [keys]).fetchall())
