"""The whole system: real workers, the simulator as Meta, this process as the web server."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from tests.factories import BusinessNumberFactory
from tests.forks import Forked
from tests.simulator_process import SimulatorProcess
from whatsapp.services import settlement


class Worker:
    """A Celery worker on the test's database; its own process, so that it can be killed."""

    def __init__(self, *, simulator: SimulatorProcess, **more: str) -> None:
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 (a full pipe would stop it)
        self.process = Forked(
            "celery",
            ["-A", "cypher_erp", "worker", "-l", "WARNING"],
            env={**os.environ, **environment(simulator), **more},
            output=self._printed,
        )

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> str:
        """End it as an operator would; return what it printed."""
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        finally:
            self.process.kill()
        self._printed.seek(0)
        return self._printed.read().decode()


def environment(simulator: SimulatorProcess) -> dict[str, str]:
    """What a process needs to work on the test's rows."""
    address = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    return {
        "DJANGO_SETTINGS_MODULE": "cypher_erp.settings",
        "DATABASE_URL": address._replace(path=f"/{name}").geturl(),
        "REDIS_URL": settings.CELERY_BROKER_URL,
        "WHATSAPP_GRAPH_URL": simulator.graph_url,
        "EMAIL_URL": "memorymail://",
        "CELERY_SKIP_CHECKS": "1",  # a second of each start; tests/test_checks.py has them
    }


class System:
    """What a test drives: the simulator, and workers that come and go."""

    def __init__(self, simulator: SimulatorProcess) -> None:
        self.simulator = simulator

    @contextmanager
    def worker(self, **environment: str) -> Iterator[Worker]:
        worker = Worker(simulator=self.simulator, **environment)
        try:
            yield worker
        finally:
            if worker.process.poll() is None:
                worker.stop()


def wait_for(probe: Callable[[], object], *, what: str, timeout: float = 60.0) -> None:
    """Wait until the probe is true; what is awaited is named in the failure."""
    deadline = time.monotonic() + timeout
    rounds = 0
    while not probe():
        assert time.monotonic() < deadline, f"not seen within {timeout} s: {what}"
        time.sleep(0.1)
        rounds += 1
        if rounds % 20 == 0:  # what beat does each minute
            settlement.sweep(now=timezone.now())


@pytest.fixture
def system(transactional_db, live_server, simulator: SimulatorProcess, settings) -> System:
    """The number is set up, the simulator posts its webhooks to this process."""
    settings.WHATSAPP = {**settings.WHATSAPP, "GRAPH_URL": simulator.graph_url}
    BusinessNumberFactory()
    simulator.reset(webhook_url=f"{live_server.url}/api/v1/whatsapp/webhook")
    assert simulator.verify()
    return System(simulator)
