"""Stands on the servers of the whole run, or on a PostgreSQL or a Redis of their own to break."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from environ import Env

from dev import folders, postgres_server, redis_server, servers
from tests.e2e.faults import rows
from tests.e2e.faults.machines import ForkingMachines, Machines
from tests.e2e.faults.stand import Stand
from tests.simulator_process import SimulatorProcess
from whatsapp import queue

# Seconds, for the processes and for the rounds that the tests make themselves: shorter than in a
# shop, but for the margin. Everything shares one machine here, and Meta's stand-in may be late.
TIMES = {"UNCONFIRMED_WAIT": 3.0, "READ_TIMEOUT": 1.5, "WAKE_PAUSE": 2.0, "SENDER_MARGIN": 0.1}


@contextmanager
def machines() -> Iterator[Machines]:
    """Processes that end with the block, at once: a graceful end has nothing more to prove."""
    with folders.scratch() as scratch, ForkingMachines(logs=scratch) as made:
        yield made
        made.kill_all()


def stand_on(
    made: Machines, *, simulator: SimulatorProcess, database: str = "", redis: str = ""
) -> Stand:
    """Set up Meta; the servers are the whole run's where none are named. The door comes later."""
    simulator.reset()
    simulator.settings(batch_size=20, latency_ms=50)
    simulator.template(rows.TEMPLATE, rows.TEXT)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.e2e.faults.settings",
        "DATABASE_URL": database or _database_of_the_run(),
        "REDIS_URL": redis or settings.CELERY_BROKER_URL,
        "WHATSAPP_GRAPH_URL": simulator.graph_url,
        "TIMES": json.dumps(TIMES),
        "CELERY_SKIP_CHECKS": "1",  # a second of each start; tests/test_checks.py has them
    }
    return Stand(machines=made, simulator=simulator, environment=environment)


def _database_of_the_run() -> str:
    name = connection.settings_dict["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextmanager
def own_redis(made: Machines) -> Iterator[str]:
    """A Redis, named "redis", which this process publishes to as well."""
    with folders.scratch() as scratch:
        url = redis_server.start(children=made, scratch=scratch) + "/0"
        current_app.conf.broker_write_url = url
        queue.start_afresh()
        try:
            yield url
        finally:
            current_app.conf.broker_write_url = None
            queue.start_afresh()


@contextmanager
def own_postgres(made: Machines) -> Iterator[str]:
    """A durable PostgreSQL, named "postgres", which this process reads and writes as well."""
    with folders.scratch() as scratch:
        url = postgres_server.start(
            children=made, data=scratch / "data", scratch=scratch, durable=True
        ).format(name="faults")
        servers.make_database(url)
        known = connection.settings_dict.copy()
        connections.close_all()
        connection.settings_dict.update({"HOST": "", "PORT": ""} | Env.db_url_config(url))
        try:
            call_command("migrate", verbosity=0)
            yield url
        finally:
            connections.close_all()
            connection.settings_dict.clear()
            connection.settings_dict.update(known)
