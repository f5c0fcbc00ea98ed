"""What changes, told to whoever listens: one reader of the log per process, however many listen.

A listener first reads what lies between its own position and the reader's, then goes on with what
the reader brings; both are cut by the same snapshot, so nothing falls between them. Nobody is
waited for: who is too slow for what is kept in memory reads the log again.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from django.db import connection

from whatsapp.errors import RateLimitExceededError
from whatsapp.services.shared import change_log
from whatsapp.services.shared.change_log import Event, News, Position

logger = logging.getLogger(__name__)

INTERVAL = 0.5  # seconds between two looks at the log
PAUSE = timedelta(seconds=5)  # after one that failed, and for who is refused
KEPT = 200  # looks that brought something, in memory
MOST_KEPT = 100_000  # rows that they may name together; some 15 MB
MOST_LISTENERS = 500  # per process


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a listener is in what the reader brings: after so many looks, at a position."""

    looks: int
    position: Position


class Feed:
    """The process's reader: a thread that runs while somebody listens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Weakly: who was made for a client that left meanwhile has nobody to take them out again
        self._listeners: weakref.WeakSet[Listener] = weakref.WeakSet()
        self._thread: threading.Thread | None = None
        self._kept: deque[tuple[Event, ...]] = deque()
        self._held = 0  # rows that these name
        self._place = Place(looks=0, position=Position(oldest=1, end=1))

    def require_room(self) -> None:
        """Raise RateLimitExceededError when too many listen already."""
        with self._lock:
            if len(self._listeners) >= MOST_LISTENERS:
                raise RateLimitExceededError("Too many clients listen.", retry_after=PAUSE)

    def join(self, listener: Listener) -> Place:
        """Begin to listen, from the place that is returned, until ``leave`` or nobody holds it.

        Asks the database when nobody listens yet.
        """
        with self._lock:
            if self._thread is None:
                self._place = Place(looks=self._place.looks, position=change_log.here())
                self._thread = threading.Thread(target=self._run, name="changes", daemon=True)
                self._thread.start()
            self._listeners.add(listener)
            return self._place

    def leave(self, listener: Listener) -> None:
        """Listen no more; after the last one the thread ends."""
        with self._lock:
            self._listeners.discard(listener)

    def since(self, looks: int) -> tuple[Sequence[Event] | None, Place]:
        """Give what came after so many looks, None if it is not kept any more; and the place."""
        with self._lock:
            behind = self._place.looks - looks
            if behind > len(self._kept):
                return None, self._place
            news = islice(self._kept, len(self._kept) - behind, None)
            return [event for events in news for event in events], self._place

    def _run(self) -> None:
        pause = threading.Event()
        try:
            while not self._ended():
                pause.wait(INTERVAL if self._look() else PAUSE.total_seconds())
        finally:
            connection.close()

    def _ended(self) -> bool:
        with self._lock:
            if self._listeners:
                return False
            self._thread = None
            return True

    def _look(self) -> bool:
        """Bring what is new; False when the database could not be asked."""
        try:
            news = change_log.read(after=self._place.position)
        except Exception:
            logger.exception("changes not read")
            connection.close()
            return False
        with self._lock:
            looks = self._place.looks
            if news.is_cut:  # nobody's place is kept: each reads the log, and is told to look anew
                self._kept.clear()
                self._held = 0
                looks += 1
            elif news.events:
                self._keep(news.events)
                looks += 1
            self._place = Place(looks=looks, position=news.position)
        return True

    def _keep(self, events: tuple[Event, ...]) -> None:
        """Keep what a look brought, and forget the oldest that is too much: the log has it."""
        self._kept.append(events)
        self._held += _size(events)
        while len(self._kept) > KEPT or self._held > MOST_KEPT:
            self._held -= _size(self._kept.popleft())


def _size(events: Sequence[Event]) -> int:
    return sum(len(event.items) for event in events)


class Listener:
    """One client's place in the stream; ``leave`` it when the client does."""

    def __init__(self, *, feed: Feed, position: Position | None = None) -> None:
        """Asks the database; begins with what is new without a position."""
        self.position = self._seen = position or change_log.here()
        self._feed = feed
        self._place = feed.join(self)

    def leave(self) -> None:
        """Listen no more."""
        self._feed.leave(self)

    def catch_up(self) -> News | None:
        """Read the log up to the reader's place; None when too much was missed.

        Then the client should look at everything anew, and is told what comes from here on.
        """
        if not change_log.is_lost(position=self.position):
            news = change_log.read(after=self.position, until=self._place.position)
            if not news.is_cut:
                self._advance()
                return news
        self.position = self._seen = change_log.here()
        return None

    def take(self) -> Sequence[Event] | None:
        """Return what the reader brought since, asking nobody; None if ``catch_up`` must tell."""
        events, self._place = self._feed.since(self._place.looks)
        if events is None:
            return None
        self._advance()
        return [event for event in events if not self._seen.covers(event.xact)]

    def _advance(self) -> None:
        """To the reader's place, unless the client had seen more: from another process, say."""
        if self.position.is_before(self._place.position):
            self.position = self._place.position
