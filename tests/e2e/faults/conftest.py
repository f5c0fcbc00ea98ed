"""Stands: a system of processes on the test's database, or on servers of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection

from dev import folders
from tests.e2e.faults import rows
from tests.e2e.faults.machines import Machines
from tests.e2e.faults.stand import Stand, environment
from tests.simulator_process import SimulatorProcess

# Seconds instead of minutes, for these processes and for the rounds the tests make themselves
SHORTER = {"UNCONFIRMED_WAIT": 3.0, "READ_TIMEOUT": 1.5, "WAKE_PAUSE": 2.0}


@contextmanager
def running(simulator: SimulatorProcess, *, database: str, redis: str) -> Iterator[Stand]:
    """A stand without processes yet; what is started on it ends with it."""
    simulator.reset()
    simulator.settings(batch_size=20, latency_ms=50)
    simulator.template(rows.TEMPLATE, rows.TEXT)
    with folders.scratch() as scratch, Machines(logs=scratch) as machines:
        yield Stand(
            machines=machines,
            simulator=simulator,
            environment=environment(
                simulator=simulator, database=database, redis=redis, shorter=SHORTER
            ),
        )
        machines.kill_all()  # a graceful end has nothing more to prove


@pytest.fixture
def _shorter(settings) -> None:
    settings.WHATSAPP = settings.WHATSAPP | {
        name: timedelta(seconds=value) for name, value in SHORTER.items()
    }


@pytest.fixture
def stand(transactional_db, _shorter, simulator: SimulatorProcess) -> Iterator[Stand]:
    """On the servers of the whole run, with a door."""
    name = connection.settings_dict["NAME"]
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    redis = django_settings.CELERY_BROKER_URL
    with running(simulator, database=database, redis=redis) as made:
        made.door()
        yield made
