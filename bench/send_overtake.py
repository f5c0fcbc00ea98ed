"""How soon an agent's reply leaves while a broadcast runs: from its commit to its arrival."""

from __future__ import annotations

import random
import time

from bench import replies, rows, stand_in
from bench.arrivals import percentile
from bench.departures import departures
from bench.figures import Figure, at_most, noted
from bench.system import System, wait_for

LIMIT = 80  # a second
REPLIES = 60
PAUSE = (0.2, 0.8)  # seconds between them
BROADCAST = LIMIT * 40  # more than what leaves meanwhile
LATENCY = 50.0  # milliseconds to each answer


def run(system: System) -> list[Figure]:
    """Milliseconds of the replies, and the pace of all."""
    number = rows.fresh_number(limit=LIMIT)
    rows.make_people(BROADCAST + REPLIES, number=number)
    dice = random.Random(1)
    commits: replies.Commits = {}
    with (
        stand_in.running(certificate=system.certificate) as receiver,
        system.sender("sender", **receiver.environment()),
    ):
        receiver.reset(latency=LATENCY)
        rows.queue_broadcast(BROADCAST, number=number)
        rows.wake(number=number)
        wait_for(lambda: receiver.report()["total"] > LIMIT, what="the broadcast runs")
        for conversation in replies.conversations(number=number, last=REPLIES):
            replies.say(conversation, commits=commits)
            time.sleep(dice.uniform(*PAUSE))
        delays = replies.delays(commits, receiver=receiver)
        arrived = receiver.arrivals()
    return [
        at_most("send_overtake", max(delays), "ms, longest", goal=300),
        noted("send_overtake_p95", percentile(delays, 0.95), "ms, p95"),
        noted("send_overtake_median", percentile(delays, 0.5), "ms, p50"),
        at_most("send_overtake_second", arrived.largest_second(), "arrivals", goal=LIMIT),
        noted("send_overtake_second_left", departures().largest_second(), "departures"),
        noted("send_overtake_rate", arrived.rate(), "/s"),
    ]
