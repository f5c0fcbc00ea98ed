"""The plain Django view beside an empty one on the same server, both without middleware."""

from __future__ import annotations

from django.db import connection

from bench import ingest_stand as stand
from bench.figures import Figure, at_least, at_most, noted
from bench.ingest_asgi import EMPTY, SERVERS_OF_EMPTY
from bench.ingest_stand import Sample
from bench.system import System

ROUNDS = 5
SERVER = (*stand.GRANIAN, "--blocking-threads", "64")  # they wait for a commit, and share it
FASTEST = SERVERS_OF_EMPTY["granian, 1 thread"]  # who waits for nothing is fastest so
VIEW = "cypher_erp.wsgi:application"
BARE = {"DJANGO_SETTINGS_MODULE": "bench.ingest_view"}


def run(system: System) -> list[Figure]:
    """Requests a second of the two on the same server; beside them, told, what else one asks."""
    connection.ensure_connection()
    samples: dict[str, list[Sample]] = {"view": [], "empty": [], "fastest": [], "host": []}
    with (
        stand.served(system, "view", *SERVER, VIEW, **BARE) as view,
        stand.served(system, "empty", *SERVER, EMPTY) as empty,
        stand.served(system, "fastest", *FASTEST) as fastest,
        stand.served(system, "host", *SERVER, VIEW) as host,
    ):
        servers = (view, empty, fastest, host)
        for server in servers:
            stand.warm(system, server)
        for _ in range(ROUNDS):
            for server in servers:
                samples[server.name].append(stand.load(system, server, seconds=2))
    return [
        at_least(
            "ingest_django",
            stand.middle(samples["view"], "rate"),
            "/s",
            goal=0.25,
            ratio=stand.ratio(samples["view"], samples["empty"], "rate"),
            against=f"empty view: {stand.middle(samples['empty'], 'rate'):.0f}/s",
        ),
        at_most("ingest_django_p99", stand.middle(samples["view"], "p99"), "ms", goal=250),
        noted("ingest_django_cpu", stand.middle(samples["view"], "cpu"), "µs"),
        noted(
            "ingest_django_fastest",
            stand.ratio(samples["view"], samples["fastest"], "rate"),
            "×",
            against=f"empty view, one thread: {stand.middle(samples['fastest'], 'rate'):.0f}/s",
        ),
        noted(
            "ingest_django_host",
            stand.middle(samples["host"], "rate"),
            "/s",
            against="our middleware",
        ),
    ]
