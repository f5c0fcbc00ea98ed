"""The story of a shop and its customers, as the dice tell it: who speaks when, and says what."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from whatsapp.domain.lifecycle import Direction
from whatsapp.management.seed_texts import Voice

SPAN = timedelta(days=730)
SECOND = 20  # of so many conversations one is an earlier one of the contact before it


@dataclass(slots=True)
class Thread:
    """A conversation while it is being told; times are seconds since 1970."""

    id: int
    is_earlier: bool
    contact_id: int
    phone: str
    name: str
    language: str
    agent_id: int | None
    said: int = 0
    unread: int = 0
    began_at: float = 0
    last_at: float = 0
    last_text: str = ""
    last_direction: str = ""
    heard_at: float = 0
    waiting_since: float = 0
    answered_at: float = 0


@dataclass(order=True, slots=True)
class Said:
    at: float
    place: int
    thread: Thread = field(compare=False)
    direction: Direction = field(compare=False)
    kind: str = field(compare=False)
    text: str = field(compare=False)


class Story:
    """What is told of each conversation so far is on its thread."""

    def __init__(
        self,
        *,
        ids: Sequence[int],
        contact_ids: Sequence[int],
        agents: Sequence[int],
        seed: int,
        now: datetime,
    ) -> None:
        self._seed, self._now = seed, now.timestamp()
        self._dice = Random(seed)
        self._voice = Voice(self._dice)
        self.threads: list[Thread] = []
        for place in range(len(ids)):
            self.threads.append(self._thread(place, ids, contact_ids, agents))
        self._begun = 0
        self._places = count()

    def messages(self, wanted: int) -> Iterator[Said]:
        """Tell a few more than wanted, by time. What is said in exchanges overlaps."""
        start, waiting = self._now - SPAN.total_seconds(), list[Said]()
        told = 0
        while True:
            began_at = start + told / wanted * SPAN.total_seconds()
            for said in self._exchange(self._next_thread(told / wanted), began_at):
                told += 1
                heapq.heappush(waiting, said)
            until = began_at if told < wanted else self._now
            while waiting and waiting[0].at <= until:
                said = heapq.heappop(waiting)
                _remember(said)
                yield said
            if told >= wanted:
                return

    def _thread(
        self, place: int, ids: Sequence[int], contact_ids: Sequence[int], agents: Sequence[int]
    ) -> Thread:
        agent = self._dice.choice(agents) if agents else None
        thread = Thread(
            id=ids[place],
            is_earlier=place % SECOND == SECOND - 1,
            contact_id=contact_ids[place],
            phone=f"+407{(place * 48271 + self._seed * 1000003) % 10**8:08}",
            name=self._voice.name(),
            language=self._voice.language(),
            agent_id=agent,
        )
        if thread.is_earlier:
            before = self.threads[-1]
            thread.contact_id, thread.phone = before.contact_id, before.phone
            thread.name, thread.language = before.name, before.language
        return thread

    def _next_thread(self, progress: float) -> Thread:
        """A new one while they are fewer than the time that has passed; else one there is."""
        if self._begun <= progress * len(self.threads):
            self._begun += 1
            return self.threads[self._begun - 1]
        return self.threads[int(self._dice.random() * self._begun)]

    def _exchange(self, thread: Thread, at: float) -> Iterator[Said]:
        """A notice, a question and its answer, or both; pauses are of minutes, or of hours."""
        dice, order = self._dice, f"C-{_year(at)}-{thread.phone[-6:]}"
        words = {"language": thread.language, "order": order}
        kind = dice.random()
        if kind < 0.75:
            notice = self._voice.notice(name=thread.name, **words)
            yield self._say(thread, at, Direction.SENT, "TEMPLATE", notice)
        if kind < 0.35:
            return
        at += dice.expovariate(1 / 3000)
        asked = self._voice.question(**words)
        yield self._say(thread, at, Direction.RECEIVED, "TEXT", asked)
        at += dice.expovariate(1 / 2400)
        answer = self._voice.answer(name=thread.name, **words)
        yield self._say(thread, at, Direction.SENT, "TEXT", answer)
        if dice.random() < 0.4:
            thanks = self._voice.thanks(language=thread.language)
            at += dice.expovariate(1 / 600)
            yield self._say(thread, at, Direction.RECEIVED, "TEXT", thanks)

    def _say(self, thread: Thread, at: float, direction: Direction, kind: str, text: str) -> Said:
        at = min(at, self._now)
        return Said(
            at=at,
            place=next(self._places),
            thread=thread,
            direction=direction,
            kind=kind,
            text=text,
        )


def _remember(said: Said) -> None:
    """Keep what the conversation's own row will say."""
    thread = said.thread
    thread.began_at = thread.began_at or said.at
    thread.said += 1
    thread.last_at, thread.last_text = said.at, said.text
    thread.last_direction = said.direction.value
    if said.direction is Direction.RECEIVED:
        thread.heard_at = said.at
        thread.unread += 1
        thread.waiting_since = thread.waiting_since or said.at
    elif said.kind != "TEMPLATE":
        thread.answered_at = thread.answered_at or said.at
        thread.unread, thread.waiting_since = 0, 0


def _year(seconds: float) -> int:
    return datetime.fromtimestamp(seconds, UTC).year
