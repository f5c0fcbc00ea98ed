"""How long pages of the API take: in the database, and as whole requests beside an empty view."""

from __future__ import annotations

import logging
import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from statistics import median, quantiles

from django.db import connection
from django.db.models import F
from django.db.models.functions import Abs
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from bench import seeded
from bench.figures import Figure, at_most, noted
from cypher_erp.garbage import spare_what_is_loaded
from whatsapp.api.pagination import write_cursor
from whatsapp.models import Conversation

ROUNDS, WARM = 200, 20
EMPTY, LIST = "/bench/empty", "/api/v1/whatsapp/conversations"
THREAD = 20  # messages of a conversation, among few others as among many
OURS = re.compile(r'FROM "?whatsapp_|= ANY\(')  # the last asks for customers and agents


@dataclass(kw_only=True, slots=True)
class Times:
    """Milliseconds of each round, of the request and of the queries that are its own."""

    whole: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)


@cache
def told() -> tuple[dict[str, Times], dict[str, Times]]:
    """All pages among few messages and among many; measured once in a run."""
    seeded.fill(seeded.SMALL)
    small = measure(_pages())
    seeded.fill()
    return small, measure(_pages())


def _pages() -> dict[str, str]:
    """The first and the middle page of conversations; a conversation of some 20 messages."""
    rows = Conversation.objects.for_inbox()
    cursor = write_cursor(rows[rows.count() // 2], ("last_message_at", "id"))
    some = Conversation.objects.order_by(Abs(F("message_count") - THREAD), "pk")[0]
    return {
        "inbox_read": LIST,
        "inbox_read_deep": f"{LIST}?cursor={cursor}",
        "thread_read": f"{LIST}/{some.pk}/messages",
    }


def measure(paths: Mapping[str, str]) -> dict[str, Times]:
    """Ask for each page in turn, in this process, through all of the host's middleware.

    Then ask PostgreSQL what the page's queries take it to plan and to run; not those by which we
    know who asks, and what they may.
    """
    client = APIClient(HTTP_HOST="localhost")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(seeded.reader())}")
    found: dict[str, Times] = defaultdict(Times)
    spare_what_is_loaded()  # as the web server does
    logging.disable(logging.INFO)  # a line for each request, of both
    with override_settings(ROOT_URLCONF="bench.reading_urls", ALLOWED_HOSTS=["localhost"]):
        for number in range(ROUNDS + WARM):
            for name, path in {"empty": EMPTY, **paths}.items():
                whole = _ask(client, path)
                if number >= WARM:
                    found[name].whole.append(whole)
        for name, path in paths.items():
            with CaptureQueriesContext(connection) as asked:
                _ask(client, path)
            own = [query["sql"] for query in asked if OURS.search(query["sql"])]
            found[name].database = [sum(map(_explained, own)) for _ in range(ROUNDS)]
    logging.disable(logging.NOTSET)
    return found


def figures(name: str) -> list[Figure]:
    """A page among a million messages, beside the same among ten thousand and an empty view."""
    among_few, among_many = told()
    small, large, empty = among_few[name], among_many[name], among_many["empty"]
    few, many = median(small.database), median(large.database)
    whole = median(large.whole)
    ratio = median(ours / none for ours, none in zip(large.whole, empty.whole, strict=True))
    against = f"an empty view that knows who asks: {median(empty.whole):.2f} ms"
    return [
        at_most(f"{name}_database", many, "ms", goal=1),
        at_most(
            f"{name}_growth",
            many,
            "ms",
            goal=1.5,
            ratio=many / few,
            against=f"among {seeded.SMALL:,} messages: {few:.2f} ms",
        ),
        at_most(name, whole, "ms", goal=3, ratio=ratio, against=against),
        noted(f"{name}_p95", percentile(large.whole, 95), "ms"),
    ]


def timed(work: Callable[[], object], *, rounds: int = 50) -> list[float]:
    """Milliseconds of each round, after a few that do not count."""
    spare_what_is_loaded()  # as the web server does
    found = []
    for number in range(rounds + 3):
        started = time.perf_counter()
        work()
        if number >= 3:
            found.append(1000 * (time.perf_counter() - started))
    return found


def percentile(times: list[float], which: int) -> float:
    return quantiles(times, n=100)[which - 1]


def _ask(client: APIClient, path: str) -> float:
    started = time.perf_counter()
    answer = client.get(path)
    whole = time.perf_counter() - started
    assert answer.status_code == 200, answer.content
    return 1000 * whole


def _explained(sql: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
        (told,) = cursor.fetchone()[0]
    return float(told["Planning Time"] + told["Execution Time"])
