"""An agent's replies, each timed from its commit to its arrival at the receiver."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.db import transaction

from bench.stand_in import StandIn
from bench.system import wait_for
from whatsapp.models import BusinessNumber, Conversation
from whatsapp.services import messages

Commits = dict[str, float]  # by the message's uuid, in monotonic seconds


def conversations(*, number: BusinessNumber, last: int) -> Iterator[int]:
    """The newest conversations: a broadcast to fewer people leaves them alone."""
    found = Conversation.objects.filter(number=number).order_by("-pk")
    yield from found.values_list("pk", flat=True)[:last]


def say(conversation: int, *, commits: Commits) -> None:
    """Reply as an agent does, and note when the reply was committed."""
    committed: list[float] = []
    with transaction.atomic():
        transaction.on_commit(lambda: committed.append(time.monotonic()))
        message = messages.send_text(text="Imediat!", conversation_id=conversation)
    commits[str(message.uuid)] = committed[0]


def delays(commits: Commits, *, receiver: StandIn) -> list[float]:
    """Milliseconds from commit to arrival, of all of them; waits for the last."""
    wait_for(lambda: commits.keys() <= _arrived(receiver).keys(), what="all replies", seconds=30)
    arrived = _arrived(receiver)
    return [(arrived[uuid] - committed) * 1000 for uuid, committed in commits.items()]


def _arrived(receiver: StandIn) -> Commits:
    seen = receiver.arrivals()
    return {
        callback.partition(":")[0]: at
        for at, callback in zip(seen.times, seen.callbacks, strict=True)
    }
