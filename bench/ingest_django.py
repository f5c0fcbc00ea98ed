"""The plain Django view beside an empty one, without middleware, each under its best granian."""

from __future__ import annotations

from django.db import connection

from bench import ingest_stand as stand
from bench.figures import Figure, at_least, at_most, noted
from bench.ingest_asgi import SERVERS_OF_EMPTY
from bench.ingest_stand import Sample
from bench.system import System

ROUNDS = 5
SERVER = (*stand.GRANIAN, "--blocking-threads", "64")  # they wait for a commit, and share it
EMPTY = SERVERS_OF_EMPTY["granian, 1 thread"]  # who waits for nothing is fastest so
VIEW = "cypher_erp.wsgi:application"
BARE = {"DJANGO_SETTINGS_MODULE": "bench.ingest_view"}


def run(system: System) -> list[Figure]:
    """Requests a second of the two; beside them, told, with the host's middleware."""
    connection.ensure_connection()
    samples: dict[str, list[Sample]] = {"view": [], "empty": [], "host": []}
    with (
        stand.served(system, "view", *SERVER, VIEW, **BARE) as view,
        stand.served(system, "empty", *EMPTY) as empty,
        stand.served(system, "host", *SERVER, VIEW) as host,
    ):
        for server in (view, empty, host):
            stand.warm(system, server)
        for _ in range(ROUNDS):
            for server in (view, empty, host):
                samples[server.name].append(stand.load(system, server, seconds=2))
    view_, empty_, host_ = samples["view"], samples["empty"], samples["host"]
    against = f"empty view: {stand.middle(empty_, 'rate'):.0f}/s"
    return [
        at_least(
            "ingest_django",
            stand.middle(view_, "rate"),
            "/s",
            goal=0.25,
            ratio=stand.ratio(view_, empty_, "rate"),
            against=against,
        ),
        at_most("ingest_django_p99", stand.middle(view_, "p99"), "ms", goal=250),
        noted("ingest_django_cpu", stand.middle(view_, "cpu"), "µs"),
        noted("ingest_django_host", stand.middle(host_, "rate"), "/s", against="our middleware"),
    ]
