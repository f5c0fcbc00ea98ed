"""What 30 days of statistics cost, beside counting the rows, on a million messages."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from bench import rows, stats_counted
from bench.figures import Figure, at_least, at_most, noted
from bench.system import System
from dev.processes import Failure
from whatsapp.management import seeding
from whatsapp.services import stats
from whatsapp.services.statistics import rollup
from whatsapp.services.statistics.figures import MessageStats
from whatsapp.services.statistics.rollup import SHOP_ZONE, midnight

MESSAGES, CONVERSATIONS, AGENTS = 1_000_000, 100_000, 5
DAYS, ROUNDS, LOOKS = 30, 5, 20  # looks of ours in a round, one of the other

T = TypeVar("T")


def run(_: System) -> list[Figure]:
    """Milliseconds for the figures of the last 30 days; that both say the same is checked."""
    _fill()
    rolled = _took(lambda: rollup.roll_up(now=timezone.now()))[0]
    with connection.cursor() as cursor:
        for table in ("whatsapp_stats_days", "whatsapp_stats_day_times", "whatsapp_stats_marks"):
            cursor.execute(f"VACUUM ANALYZE {table}")  # as autovacuum would in time
    last = timezone.now().astimezone(SHOP_ZONE).date() - timedelta(days=1)
    first = last - timedelta(days=DAYS - 1)
    start, end = midnight(day=first), midnight(day=last + timedelta(days=1))
    ours, counted = [], []
    for _round in range(ROUNDS):
        looks = [_took(lambda: stats.message_stats(first=first, last=last)) for _ in range(LOOKS)]
        ours.append(median(took for took, _ in looks))
        took, n = _took(lambda: stats_counted.counts(start=start, end=end))
        more, (questions, middle, _) = _took(lambda: stats_counted.responses(start=start, end=end))
        counted.append(took + more)
    _compare(looks[-1][1], n=n, questions=questions, middle=middle)
    value, against = median(ours) * 1000, f"counting rows: {median(counted) * 1000:.0f} ms"
    ratio = median(theirs / our for our, theirs in zip(ours, counted, strict=True))
    return [
        at_most("stats_30d", value, "ms", goal=5),
        at_least("stats_30d_counted", value, "ms", goal=100, ratio=ratio, against=against),
        noted("stats_roll_up", rolled, "s for two years"),
    ]


def _fill() -> None:
    """A million messages, with people who answer them."""
    rows.fresh_number(limit=80)
    agents = Group.objects.get(name="WhatsApp agents")
    for n in range(AGENTS):
        get_user_model().objects.get_or_create(username=f"bench{n}")[0].groups.add(agents)
    now = timezone.now()
    seeding.fill(messages=MESSAGES, conversations=CONVERSATIONS, seed=1, now=now)


def _took(work: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _compare(found: MessageStats, *, n: int, questions: int, middle: timedelta) -> None:
    told = found.responses
    near = told.median is not None and abs(told.median / middle - 1) < 0.05
    if (found.sent + found.received, told.questions) != (n, questions) or not near:
        raise Failure(f"The roll-up says {found}; the rows {n}, {questions}, {middle}.")
