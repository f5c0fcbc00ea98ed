"""CPU seconds of process trees and of the servers beside them, read from Linux's /proc."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from redis import Redis

TICKS = os.sysconf("SC_CLK_TCK")
PARENT, FIRST_TIME, LAST_TIME = 1, 11, 15  # fields of /proc/<pid>/stat after the name


@dataclass(frozen=True, kw_only=True, slots=True)
class Cpu:
    """Seconds of user and system time together."""

    workers: float
    database: float
    broker: float

    @property
    def total(self) -> float:
        return self.workers + self.database + self.broker

    def __sub__(self, earlier: Cpu) -> Cpu:
        return Cpu(
            workers=self.workers - earlier.workers,
            database=self.database - earlier.database,
            broker=self.broker - earlier.broker,
        )


def used(*, workers: Iterable[int]) -> Cpu:
    """What these processes with their children, PostgreSQL and Redis have used until now.

    PostgreSQL is its whole tree: backends, writers, and through the postmaster those that ended.
    It must run on this machine, and nobody else should be using it.
    """
    tree = _Tree()
    with Redis.from_url(settings.CELERY_BROKER_URL) as redis:
        broker = redis.info("cpu")
    return Cpu(
        workers=sum(tree.seconds(pid) for pid in workers),
        database=tree.seconds(_postmaster(tree)),
        broker=broker["used_cpu_user"] + broker["used_cpu_sys"],
    )


class _Tree:
    """All processes of the machine, as they are at one moment."""

    def __init__(self) -> None:
        self.parents: dict[int, int] = {}
        self._times: dict[int, float] = {}
        self._children: dict[int, list[int]] = defaultdict(list)
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(") ")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended
            pid = int(path.parent.name)
            self.parents[pid] = int(fields[PARENT])
            self._times[pid] = sum(map(int, fields[FIRST_TIME:LAST_TIME])) / TICKS
            self._children[self.parents[pid]].append(pid)

    def seconds(self, pid: int) -> float:
        """Time of a process, of those under it, and of those that ended and were waited for."""
        below = sum(self.seconds(child) for child in self._children[pid])
        return self._times.get(pid, 0.0) + below


def _postmaster(tree: _Tree) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return tree.parents[cursor.fetchone()[0]]
