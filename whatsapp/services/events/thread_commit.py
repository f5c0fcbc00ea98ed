"""Commits that all threads of a process share: a ``group_commit``, its loop in its own thread."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections import deque
from concurrent import futures

from whatsapp.gateway.updates import split
from whatsapp.services.events.group_commit import GroupCommit, Waiting


class _Commits:
    """A group commit with a loop and a daemon thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="whatsapp-commit", daemon=True)
        self._thread.start()
        self._group = asyncio.run_coroutine_threadsafe(_group(), self._loop).result()
        self._given: deque[Waiting] = deque()
        self._called = False  # the loop, which takes all that is given by then

    def record(self, *, body: bytes) -> None:
        stored: futures.Future[None] = futures.Future()
        context = contextvars.copy_context().copy
        one = Waiting(items=split(body), size=len(body), stored=stored, context=context)
        self._given.append(one)
        if not self._called:
            self._called = True
            self._loop.call_soon_threadsafe(self._take)
        stored.result()

    def _take(self) -> None:
        self._called = False  # first: who gives after this calls again
        while self._given:
            self._group.add(self._given.popleft())

    def end(self) -> None:
        asyncio.run_coroutine_threadsafe(self._group.drain(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()


async def _group() -> GroupCommit:
    return GroupCommit()  # it belongs to the loop it is made in


_commits: _Commits | None = None  # made by the first request
_making = threading.Lock()


def record(*, body: bytes) -> None:
    """Keep every item of a signed body, once each, and wake the processor.

    Returns when they are committed; raises NotStoredError when they are not, within twice
    ``WEBHOOK_COMMIT_TIMEOUT``. The caller's own transaction has no part in it.
    """
    (_commits or _make()).record(body=body)


def _make() -> _Commits:
    global _commits
    with _making:
        _commits = commits = _commits or _Commits()
    return commits


def end() -> None:
    """Commit what waits and close the connection; the next request makes another.

    For tests: a connection that stays open keeps their database from being dropped.
    """
    global _commits
    with _making:
        commits, _commits = _commits, None
    if commits is not None:
        commits.end()


def start_afresh() -> None:
    """Forget thread, loop and connection: a forked child has its parent's, which are not its."""
    global _commits, _making
    _commits, _making = None, threading.Lock()


os.register_at_fork(after_in_child=start_afresh)
