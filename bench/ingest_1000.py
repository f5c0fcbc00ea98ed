"""One POST of a thousand statuses, and one as large as Meta's largest, at an idle ASGI door."""

from __future__ import annotations

import http.client
import time
from statistics import median

from bench import ingest_bodies as bodies
from bench import ingest_stand as stand
from bench.figures import Figure, at_least, at_most
from bench.ingest_stand import Server
from bench.system import System
from whatsapp.models import WebhookEvent

ROUNDS = 15
ITEMS = 1_000
LARGE = 2_900_000  # bytes


def run(system: System) -> list[Figure]:
    """Milliseconds from the first byte sent to the answer, when all rows are committed."""
    with stand.served(system, "door", *stand.DOOR) as door:
        secret = system.environment["WHATSAPP_APP_SECRET"]
        before = WebhookEvent.objects.count()
        times = [_post(door, _thousand(number), secret=secret) for number in range(ROUNDS)]
        stored = WebhookEvent.objects.count() - before
        large = bodies.envelope(bodies.status("wamid.large") | {"note": "x" * LARGE})
        taken = _post(door, large, secret=secret)
    return [
        at_most("ingest_1000", median(times), "ms", goal=150),
        at_most("ingest_1000_slowest", max(times), "ms", goal=500),
        at_least("ingest_1000_rows", stored / ROUNDS, "rows", goal=ITEMS),
        at_most("ingest_2900kb", taken, "ms", goal=500),
    ]


def _thousand(number: int) -> bytes:
    return bodies.envelope(*(bodies.status(f"wamid.t{number}-{n}") for n in range(ITEMS)))


def _post(door: Server, body: bytes, *, secret: str) -> float:
    """Milliseconds until a 200; any other answer is an error."""
    headers = {"X-Hub-Signature-256": bodies.signature(body, secret=secret)}
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)
    connection.connect()
    started = time.monotonic()
    connection.request("POST", stand.PATH, body=body, headers=headers)
    answer = connection.getresponse()
    took = 1000 * (time.monotonic() - started)
    if answer.status != 200:
        raise AssertionError(f"answered {answer.status}: {answer.read()!r}")
    connection.close()
    return took
