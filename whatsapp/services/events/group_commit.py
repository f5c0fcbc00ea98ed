"""Many webhooks, one commit: the rows of requests that come while a commit runs share the next.

An event loop drives it, over a connection of its own beside Django's: the ASGI door's, or one in
a thread for all threads of a process (``thread_commit``). See docs/decisions/0030-group-commit.md.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent import futures
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection as django_connection
from psycopg import AsyncConnection, sql

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.updates import Item
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway.updates import split
from whatsapp.services.events.insertion import INSERT_EVENTS, event_columns
from whatsapp.services.events.text_arrays import TextArrayDumper

logger = logging.getLogger(__name__)

Speaking = Callable[[], contextvars.Context]

BATCH_REQUESTS, BATCH_BYTES = 1_000, 4_000_000  # of one statement; one request may be larger
GATHERING = 0.003  # seconds, at most, for those of a shared commit to come back and share the next
MOST_WAITING = 10_000  # requests
SPLIT_IN_THREAD = 32_000  # bytes; some 50 statuses, half a millisecond of the loop
REPEATABLE = "40"  # class of SQLSTATE: a deadlock, and what else a repeat may mend
# Classes that are the server's or the statement's, whatever the rows are
SERVERS = frozenset({"08", "25", "28", "3D", "40", "42", "53", "55", "57", "58", "F0", "XX"})


class NotStoredError(WebhookProcessingError):
    """These rows are not committed, as far as we know."""


@dataclass(kw_only=True, slots=True, eq=False)
class Waiting:
    """The items of one request, and who waits for their commit."""

    items: Sequence[Item]
    size: int
    stored: asyncio.Future[None] | futures.Future[None]
    context: Speaking  # in which something is said of it; seldom made

    def succeed(self) -> None:
        if not self.stored.done():  # its client may have gone
            self.stored.set_result(None)

    def fail(self, reason: str) -> None:
        if not self.stored.done():
            self.stored.set_exception(NotStoredError(reason))


class GroupCommit:
    """The commits of one event loop, made in it: no fork shares its connection."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._line = Line()
        self._waiting: deque[Waiting] = deque()
        self._singly = 0  # how many of the first in the queue go one by one
        self._flusher: asyncio.Task[None] | None = None
        self._gathered: asyncio.Future[None] = self._loop.create_future()
        self._enough = 0  # who wait to end the gathering; 0 while there is none

    def record(self, *, body: bytes, context: Speaking) -> Awaitable[None]:
        """Keep every item of a signed body, once each, and wake the processor.

        To be awaited, in the loop: ends when they are committed, with NotStoredError when they are
        not, within twice ``WEBHOOK_COMMIT_TIMEOUT``.
        """
        if len(body) > SPLIT_IN_THREAD:
            return self._record_large(body, context)
        return self._keep(split(body), len(body), context)

    async def _record_large(self, body: bytes, context: Speaking) -> None:
        await self._keep(await asyncio.to_thread(split, body), len(body), context)

    def _keep(self, items: Sequence[Item], size: int, context: Speaking) -> asyncio.Future[None]:
        stored = self._loop.create_future()
        self.add(Waiting(items=items, size=size, stored=stored, context=context))
        return stored

    def add(self, one: Waiting) -> None:
        """Let a request wait for the next commit; called in the loop."""
        if len(self._waiting) >= MOST_WAITING:
            one.fail("too many wait")
            return
        self._waiting.append(one)
        if len(self._waiting) == self._enough:
            self._stop_gathering()
        if self._flusher is None:
            self._flusher = self._loop.create_task(self._flush())

    async def drain(self) -> None:
        """Commit what waits and close the connection; for the end of the process."""
        if self._flusher is not None:
            await self._flusher
        await self._line.close()

    async def _flush(self) -> None:
        """Commit batch after batch until nobody waits."""
        try:
            while self._waiting:
                batch = self._next_batch()
                await self._commit(batch)
                if 1 < len(batch) < BATCH_REQUESTS:
                    await self._gather(len(batch) + len(self._waiting))
        finally:
            self._flusher = None

    async def _gather(self, size: int) -> None:
        """Wait a moment for so many to share the next commit: all who were inside a moment ago."""
        self._enough = size
        self._gathered = self._loop.create_future()
        timer = self._loop.call_later(GATHERING, self._stop_gathering)
        await self._gathered
        timer.cancel()
        self._enough = 0

    def _stop_gathering(self) -> None:
        if not self._gathered.done():
            self._gathered.set_result(None)

    def _next_batch(self) -> list[Waiting]:
        most = 1 if self._singly else BATCH_REQUESTS
        self._singly = max(0, self._singly - 1)
        batch = [self._waiting.popleft()]
        size = batch[0].size
        while self._waiting and len(batch) < most:
            size += self._waiting[0].size
            if size > BATCH_BYTES:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _commit(self, batch: list[Waiting]) -> None:
        try:
            columns = event_columns(item for one in batch for item in one.items)
            new = await self._line.insert(columns)
            for one in batch:
                one.succeed()
            if new:
                batch[0].context().run(queue.wake, queue.PROCESS_WEBHOOK_EVENTS)
        except Exception as error:  # the edge of a task: nobody may be left waiting for ever
            self._refuse(batch, error)

    def _refuse(self, batch: list[Waiting], error: Exception) -> None:
        """Refuse all who wait, if the server failed them; else find out whose rows it refuses."""
        if not _is_servers(error) and len(batch) > 1:
            self._waiting.extendleft(reversed(batch))
            self._singly = len(batch)
            return
        if _is_servers(error):
            batch += self._waiting
            self._waiting.clear()
            self._singly = 0
        for one in batch:
            one.fail(str(error))
        reason = (str(error).splitlines() or [""])[0]  # PostgreSQL's details show what is stored
        known = {"requests": len(batch), "error": type(error).__name__, "reason": reason}
        batch[0].context().run(logger.warning, "webhooks not stored", extra=known)


class Line:
    """The loop's own connection, with the parameters of Django's; made when it is needed."""

    def __init__(self) -> None:
        self._connection: AsyncConnection | None = None
        self._forsaken: set[asyncio.Task[int]] = set()

    async def insert(self, columns: list[list[str]]) -> int:
        """Commit these rows; return how many may be new. TimeoutError when no answer comes."""
        patience = whatsapp_settings().webhook_commit_timeout.total_seconds()
        work = asyncio.create_task(self._insert(columns))
        await asyncio.wait({work}, timeout=patience)
        if not work.done():
            self._forsake(work)
            raise TimeoutError(f"the database did not answer within {patience:g} s")
        return work.result()

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _insert(self, columns: list[list[str]]) -> int:
        """Once more over a new connection if the old one proves broken: nothing is added twice."""
        known = self._connection
        try:
            return await self._execute(columns)
        except psycopg.OperationalError as error:
            broke = known is not None and known.closed
            if not (broke or str(error.sqlstate).startswith(REPEATABLE)):
                raise
        await self._execute(columns)
        return len(columns[0])  # the first try may have stored them

    async def _execute(self, columns: list[list[str]]) -> int:
        if self._connection is None or self._connection.closed:
            self._connection = await _connect()
        cursor = await self._connection.execute(INSERT_EVENTS, columns)
        return cursor.rowcount

    def _forsake(self, work: asyncio.Task[int]) -> None:
        """Let a statement end by itself, with its connection; psycopg takes up to 10 s for it."""
        connection, self._connection = self._connection, None

        def end(work: asyncio.Task[int]) -> None:
            self._forsaken.discard(work)
            if not work.cancelled():
                work.exception()  # nobody else asks
            if connection is not None:
                connection.pgconn.finish()

        self._forsaken.add(work)  # a loop holds its tasks weakly
        work.add_done_callback(end)
        work.cancel()


async def _connect() -> AsyncConnection:
    given: dict[str, Any] = django_connection.get_connection_params()
    del given["cursor_factory"], given["context"]  # Django's, for threads
    conf = django_connection.settings_dict
    if not conf.get("DISABLE_SERVER_SIDE_CURSORS"):  # Django's mark of a pooler between statements
        given["prepare_threshold"] = 0  # the one statement is planned once
    connection = await AsyncConnection.connect(**given | {"autocommit": True})
    connection.adapters.register_dumper(list, TextArrayDumper)
    role = conf["OPTIONS"].get("assume_role")
    if role:
        await connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    return connection


def _is_servers(error: Exception) -> bool:
    """Whether other rows would have fared no better."""
    state = getattr(error, "sqlstate", None)
    return state is None or state[:2] in SERVERS
