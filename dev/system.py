"""The whole system as child processes: simulator, web, worker and beat, beside the two servers."""

from __future__ import annotations

import os
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev import credentials
from dev.folders import data_folder
from dev.processes import Children, Failure
from dev.servers import ROOT, servers, throwaway_database

PYTHON = sys.executable
# Of this run alone: another worker may listen on a Redis that was given to us.
WORKER = f"erp-{os.getpid()}@localhost"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    web: int
    simulator: int

    def check(self) -> None:
        """Raise Failure, naming the port and the way out, when somebody else listens on one."""
        wanted = {
            "DEMO_WEB_PORT": (self.web, "the web server"),
            "DEMO_SIM_PORT": (self.simulator, "the simulator"),
        }
        for variable, (port, name) in wanted.items():
            if is_taken(port):
                raise Failure(
                    f"Port {port}, meant for {name}, is taken by another program.\n"
                    f"Choose another one: make demo {variable}={port + 10}"
                )


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """Where a running system can be reached, and the processes it is made of."""

    web: str
    simulator: str
    children: Children
    environment: Mapping[str, str]


@contextmanager
def running(
    *, home: Path, ports: Ports, throwaway: bool, say: Callable[[str], None] = print
) -> Iterator[System]:
    """Start everything, data and logs under `home`; all of it ends with the block."""
    logs = home / "logs"
    with ExitStack() as stack:
        say("Starting PostgreSQL and Redis …")
        data = None if throwaway else data_folder(home=home)
        urls = stack.enter_context(servers(data=data, logs=logs, durable=not throwaway))
        if throwaway:
            urls = stack.enter_context(throwaway_database(urls))
        children = stack.enter_context(Children(logs=logs))
        simulator = f"http://127.0.0.1:{ports.simulator}"
        environment = credentials.environment(file=home / "env", urls=urls, simulator=simulator)
        system = System(
            web=f"http://127.0.0.1:{ports.web}",
            simulator=simulator,
            children=children,
            environment=environment,
        )
        _start_simulator(system, home=home)
        _prepare(system, "migrate", say)
        say("Starting web, worker and beat …")
        _start_application(system)
        _prepare(system, "demo_data", say)
        _wait_until_ready(system)
        _prepare(system, "whatsapp_demo", say)
        yield system


def answers(url: str) -> bool:
    """Whether a page is there and well."""
    try:
        with DIRECT.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers themselves do
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def _start_simulator(system: System, *, home: Path) -> None:
    webhook = f"{system.web}/api/v1/whatsapp/webhook"
    port = system.simulator.rpartition(":")[2]
    _start(
        system,
        "simulator",
        ["whatsapp.simulator", "--port", port, "--webhook-url", webhook],
        credentials.for_simulator(system.environment, data=home / "simulator.json"),
    )


def _start_application(system: System) -> None:
    port = system.web.rpartition(":")[2]
    uvicorn = ["uvicorn", "cypher_erp.asgi:application", "--host", "127.0.0.1", "--port", port]
    uvicorn += ["--timeout-graceful-shutdown", "3"]  # event streams would hold it for minutes
    celery = ["celery", "-A", "cypher_erp"]
    _start(system, "web", uvicorn, system.environment)
    _start(system, "worker", [*celery, "worker", "--hostname", WORKER], system.environment)
    _start(system, "beat", [*celery, "beat"], system.environment)


def _start(system: System, name: str, module: list[str], environment: Mapping[str, str]) -> None:
    system.children.start(name, [PYTHON, "-m", *module], env=environment, cwd=ROOT)


def _prepare(system: System, command: str, say: Callable[[str], None]) -> None:
    say(f"manage.py {command} …")
    system.children.run(command, [PYTHON, "manage.py", command], env=system.environment, cwd=ROOT)


def _wait_until_ready(system: System) -> None:
    wait = system.children.wait_until
    wait(lambda: answers(f"{system.simulator}/_sim/health"), what="The simulator")
    wait(lambda: answers(f"{system.web}/healthz"), what="The web server")
    wait(lambda: _worker_answers(system.environment["REDIS_URL"]), what="The worker")


def _worker_answers(broker: str) -> bool:
    """Ask over the broker, as `celery inspect ping` does, without its two seconds of start-up."""
    from celery import Celery

    return bool(Celery(broker=broker).control.ping(destination=[WORKER], timeout=1))
