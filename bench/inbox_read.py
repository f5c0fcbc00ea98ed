"""The first and the middle page of conversations, 50 on each."""

from __future__ import annotations

from bench import reading
from bench.figures import Figure
from bench.system import System


def run(_: System) -> list[Figure]:
    """What a page costs in the database and as a whole."""
    return [*reading.figures("inbox_read"), *reading.figures("inbox_read_deep")]
