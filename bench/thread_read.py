"""A page of a conversation's messages."""

from __future__ import annotations

from bench import reading
from bench.figures import Figure
from bench.system import System


def run(_: System) -> list[Figure]:
    """What it costs in the database and as a whole."""
    return reading.figures("thread_read")
