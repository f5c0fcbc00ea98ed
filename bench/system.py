"""The system under measurement: a database of its own, and workers as an operator starts them."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.certificate import Certificate, make
from dev import credentials, folders
from dev.processes import Child, Children, Failure
from dev.servers import ROOT, servers, throwaway_database

NOBODY = "http://127.0.0.1:9"  # Graph for this process, which never calls it
LONGEST = 300.0  # seconds that anything awaited may take


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """A Celery worker; its own process, so that it can be stopped and killed."""

    child: Child
    node: str

    @property
    def pid(self) -> int:
        return self.child.process.pid


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """What every benchmark is given."""

    home: Path
    children: Children
    environment: Mapping[str, str]
    certificate: Certificate

    @contextmanager
    def worker(
        self, name: str, *arguments: str, app: str = "cypher_erp", **variables: str
    ) -> Iterator[Worker]:
        """A worker that answers; it is asked to end when the block does, if it still runs."""
        node = f"{name}-{os.getpid()}@localhost"
        command = ["celery", "-A", app, "worker", "--hostname", node, *arguments]
        environment = {**self.environment, **variables}
        child = self.children.start(
            name, [sys.executable, "-m", *command], env=environment, cwd=ROOT
        )
        try:
            self.children.wait_until(lambda: _answers(node), what=f"The worker {name}")
            yield Worker(child=child, node=node)
        finally:
            self.end(child)

    @contextmanager
    def sender(self, name: str, **variables: str) -> Iterator[Worker]:
        """A worker that only sends; ``variables`` say where Graph is."""
        with self.worker(name, "--queues", "whatsapp_send", **variables) as worker:
            yield worker

    @contextmanager
    def web(self, *, port: int) -> Iterator[Child]:
        """The web server as an operator starts it, one process; its address answers."""
        quiet = ("--log-level", "warning", "--no-access-log")
        where = ("--host", "127.0.0.1", "--port", str(port))
        command = ["uvicorn", "cypher_erp.asgi:application", *where, *quiet]
        child = self.children.start(
            "web", [sys.executable, "-m", *command], env=dict(self.environment), cwd=ROOT
        )
        try:
            self.children.wait_until(lambda: _listens(port), what="The web server")
            yield child
        finally:
            self.end(child)

    def end(self, child: Child) -> None:
        """Ask a child to end, if it still runs, and stop minding it."""
        if child.process.poll() is None:
            child.process.terminate()
        child.process.wait(timeout=60)
        self.children.forget(child)


@contextmanager
def running() -> Iterator[System]:
    """PostgreSQL with fsync, Redis, an empty migrated database; Django is set up in here."""
    with ExitStack() as stack:
        home = stack.enter_context(folders.scratch())
        urls = stack.enter_context(servers(durable=True))
        urls = stack.enter_context(throwaway_database(urls))
        children = stack.enter_context(Children(logs=home / "logs"))
        environment = credentials.environment(file=home / "env", urls=urls, simulator=NOBODY)
        environment["DJANGO_SETTINGS_MODULE"] = "cypher_erp.settings"
        os.environ.update(environment)
        children.run("migrate", [sys.executable, "manage.py", "migrate"], env=environment, cwd=ROOT)
        _set_up_django()
        stack.callback(_close_connections)
        yield System(home=home, children=children, environment=environment, certificate=make(home))


def wait_for(probe: Callable[[], object], *, what: str, seconds: float = LONGEST) -> None:
    """Wait until the probe is true; Failure names what was awaited."""
    deadline = time.monotonic() + seconds
    while not probe():
        if time.monotonic() > deadline:
            raise Failure(f"not seen within {seconds:.0f} s: {what}")
        time.sleep(0.1)


def prefer(pid: int) -> None:
    """Let a receiver run before what it measures, where we may: it stands for another machine."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, pid, -15)


def _set_up_django() -> None:
    import django

    import cypher_erp.celery  # noqa: F401 (wake-ups leave by its app)

    django.setup()


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(node: str) -> bool:
    from celery import current_app

    return bool(current_app.control.ping(destination=[node], timeout=0.5))
