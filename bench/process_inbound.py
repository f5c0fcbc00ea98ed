"""How fast customers' messages get into their threads, beside one message at a time."""

from __future__ import annotations

import random

from bench import history, webhooks
from bench.figures import Figure, at_least
from bench.processing import faster, loop, ours, rate
from bench.receiving_peers import take_message
from bench.system import System

ROUNDS = 5
OURS, LOOP = 5_000, 300  # messages in a round
STRANGERS = 0.1  # of those who write


def run(_: System) -> list[Figure]:
    """Messages per second of one processor, and of the same work by the ORM."""
    history.fill()
    dice = random.Random(4)
    rounds = []
    for number in range(ROUNDS):
        texts = _texts(LOOP, run=f"LOOP{number}", dice=dice)
        told = {"loop": loop(webhooks.items("messages", texts), take_message)}
        webhooks.record("messages", _texts(OURS, run=f"OURS{number}", dice=dice))
        told["ours"] = ours()
        rounds.append(told)
    return [
        at_least("process_inbound", rate(rounds, "ours"), "/s", goal=1_000),
        faster("process_inbound_orm", rounds, than="loop", goal=15, against="loop as in packages"),
    ]


def _texts(count: int, *, run: str, dice: random.Random) -> list[webhooks.Item]:
    """A text each from people of the shop's, and from some whom nobody knows."""
    people = [f"4072{dice.randint(1, history.PEOPLE):07}" for _ in range(count)]
    for place in dice.sample(range(count), int(count * STRANGERS)):
        people[place] = f"4073{dice.randrange(10**7):07}"
    return webhooks.texts(people, run=run)
