"""What is left of the pace when Meta takes less than the number's limit, or refuses now and then.

A refusal as too fast (130429) names no pace that would do: the sender has to find it, and stay
there, without sending much more than is taken.
"""

from __future__ import annotations

from bench.figures import Figure, at_least
from bench.send_rate_80 import LIMIT, Seen, drain, law
from bench.system import System

TAKEN = 60  # a second, of 80
MESSAGES = TAKEN * 90  # a minute at the lower pace, and the first tries to leave it
STRAY = 0.01


def run(system: System) -> list[Figure]:
    """A Meta that takes three quarters, and one that refuses one in a hundred."""
    lower = drain(system, latency=50, messages=MESSAGES, taken=TAKEN)
    stray = drain(system, latency=50, stray=STRAY)
    return [
        *_pace("send_rate_refused", lower, limit=TAKEN),
        *_pace("send_rate_refused_stray", stray, limit=LIMIT),
    ]


def _pace(name: str, seen: Seen, *, limit: int) -> list[Figure]:
    rate = at_least(name, seen.accepted.rate(), "/s", goal=0.9 * limit)
    return [rate, *law(name, seen)]
