"""How soon a message leaves when the system is idle: from its commit to its arrival."""

from __future__ import annotations

import random
import time

from bench import replies, rows, stand_in
from bench.arrivals import percentile
from bench.figures import Figure, at_most, noted
from bench.system import System

LIMIT = 80  # a second
REPLIES = 40
PAUSE = (1.0, 2.0)  # seconds between them: the sender has let go of the number meanwhile


def run(system: System) -> list[Figure]:
    """Milliseconds, over the wake-up by Celery and Redis, one worker waiting."""
    number = rows.fresh_number(limit=LIMIT)
    rows.make_people(REPLIES + 1, number=number)
    dice = random.Random(1)
    commits: replies.Commits = {}
    with (
        stand_in.running(certificate=system.certificate) as receiver,
        system.sender("sender", **receiver.environment()),
    ):
        for conversation in replies.conversations(number=number, last=REPLIES + 1):
            replies.say(conversation, commits=commits)
            time.sleep(dice.uniform(*PAUSE))
        _, *delays = replies.delays(commits, receiver=receiver)  # the first opens connections
    return [
        at_most("send_lone", percentile(delays, 0.95), "ms, p95", goal=100),
        noted("send_lone_median", percentile(delays, 0.5), "ms, p50"),
        noted("send_lone_max", max(delays), "ms"),
    ]
