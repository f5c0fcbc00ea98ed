"""How fast statuses move messages, a million of which are there, beside one event at a time."""

from __future__ import annotations

from bench import history, webhooks
from bench.figures import Figure, at_least, noted
from bench.processing import faster, loop, ours, peer_worker, pending, rate, tasks
from bench.receiving_peers import apply_status, take_status
from bench.system import System

ROUNDS = 5
OURS, TASK, LOOP = 8_000, 500, 150  # messages in a round, three statuses each


def run(system: System) -> list[Figure]:
    """Statuses per second of one processor, and of the same work event by event."""
    history.fill()
    rounds = []
    with peer_worker(system) as worker:
        for _ in range(ROUNDS):
            told = {"loop": loop(webhooks.items("statuses", _statuses(LOOP)), take_status)}
            webhooks.record("statuses", _statuses(LOOP))
            told["bare"] = loop(pending(), apply_status)
            webhooks.record("statuses", _statuses(TASK))
            told["task"] = tasks(apply_status, worker)
            webhooks.record("statuses", _statuses(OURS))
            told["ours"] = ours()
            rounds.append(told)
    return [
        at_least("process_status", rate(rounds, "ours"), "/s", goal=5_000),
        faster("process_status_tuned", rounds, than="task", goal=20, against="task per event"),
        faster("process_status_orm", rounds, than="loop", goal=40, against="loop as in packages"),
        noted("process_status_orm_bare", rate(rounds, "bare"), "/s"),
    ]


def _statuses(messages: int) -> list[webhooks.Item]:
    return webhooks.statuses(history.recent(messages))
