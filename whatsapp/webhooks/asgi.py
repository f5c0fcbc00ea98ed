"""The door for Meta in bulk: a bare ASGI app in front of Django, for the webhook's path alone.

``door`` decides, as for the plain view; many requests share a commit (``events.group_commit``).
What Django's middleware does and this door passes over: docs/decisions/0030-group-commit.md.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextvars import Context, copy_context
from functools import partial
from random import getrandbits
from typing import Any, Protocol

import structlog
from django.http import QueryDict
from django.urls import resolve, reverse

from whatsapp.services.events.group_commit import GroupCommit, NotStoredError
from whatsapp.webhooks import door
from whatsapp.webhooks.body import Body, Receive, Room
from whatsapp.webhooks.door import Refusal

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Mapping[bytes, bytes]
Application = Callable[[Any, Any, Any], Awaitable[None]]  # Django's names its types otherwise

SIGNATURE = door.SIGNATURE_HEADER.lower().encode()
REQUEST_ID = b"x-request-id"
MOST_BYTES = 64_000_000  # of all bodies inside
CHECK_IN_THREAD = 64_000  # bytes; less is checked in a tenth of a millisecond
STORED = door.STORED.encode()
JSON, PLAIN = b"application/json", b"text/plain; charset=utf-8"


class Observer(Protocol):
    """Told of all answers, as the host's own middleware would be; of those alike, at once."""

    def __call__(
        self, *, method: str, route: str, status: int, seconds: Sequence[float]
    ) -> None: ...


def mount(
    application: Application,
    *,
    observe: Observer | None = None,
    trust_request_id: bool = False,
    most_bytes: int = MOST_BYTES,
) -> Application:
    """Put the door in front of the host's application, at the webhook's address in its URL conf.

    Django must be set up. ``trust_request_id`` says that the host's own proxy sets X-Request-ID.
    """
    room = Room(most=most_bytes)
    return Door(application, observe=observe, trust_request_id=trust_request_id, room=room)


class Door:
    """Takes what is for the webhook, and the server's lifespan, of which Django knows nothing."""

    def __init__(
        self,
        application: Application,
        *,
        observe: Observer | None,
        trust_request_id: bool,
        room: Room,
    ) -> None:
        self._application = application
        self._observe = observe
        self._trust_request_id = trust_request_id
        path = reverse("whatsapp:webhook")
        self._routes = {each: resolve(each).route for each in (path, f"{path}/")}
        self._room = room
        self._times: defaultdict[tuple[str, str, int], list[float]] = defaultdict(list)
        self._commits: GroupCommit | None = None  # made by the first request: after every fork

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            route = self._routes.get(path)
            if route is not None:
                await self._serve(scope, receive, send, route=route)
                return
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        await self._application(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Stay until the server ends, which then has answered everybody or given them up."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        commits, self._commits = self._commits, None
        if commits is not None:
            await commits.drain()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send, *, route: str) -> None:
        started = time.perf_counter()
        headers = dict(scope["headers"])
        method = scope["method"]
        request_id = self._request_id(headers)
        answer: Refusal | str | None = door.check_open(method)
        if answer is None and method == "GET":
            answer = door.shake_hands(QueryDict(scope["query_string"]).dict())
        elif answer is None:
            answer = await self._take(headers, receive, request_id=request_id)
        status = answer.status if isinstance(answer, Refusal) else 200
        told, body = _content(answer, request_id=request_id)
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": body})
        self._note((method, route, status), time.perf_counter() - started)

    def _note(self, answer: tuple[str, str, int], seconds: float) -> None:
        """Let the observer know when all who shared a commit have been answered."""
        if not self._times:
            asyncio.get_running_loop().call_soon(self._tell)
        self._times[answer].append(seconds)

    def _tell(self) -> None:
        times, self._times = self._times, defaultdict(list)
        if self._observe is not None:
            for (method, route, status), seconds in times.items():
                self._observe(method=method, route=route, status=status, seconds=seconds)

    def _request_id(self, headers: Headers) -> str:
        given = headers.get(REQUEST_ID, b"") if self._trust_request_id else b""
        return given.decode("latin-1") or _new_id()

    async def _take(self, headers: Headers, receive: Receive, *, request_id: str) -> Refusal | None:
        """Read, check and store a body; None when it is committed."""
        announced = headers.get(b"content-length", b"")
        refusal = door.check_size(int(announced) if announced.isdigit() else 0)
        if refusal is not None:
            return refusal
        body = Body(self._room)
        try:
            read = body.add(await receive())
            raw = await body.rest(receive) if read is None else read
            if isinstance(raw, Refusal):
                return raw
            header = headers.get(SIGNATURE, b"").decode("latin-1")
            if len(raw) > CHECK_IN_THREAD:
                refusal = await asyncio.to_thread(door.check_signature, raw, header=header)
            else:
                refusal = door.check_signature(raw, header=header)
            if refusal is not None:
                _context(request_id).run(door.report_unsigned, raw, header=header)
                return refusal
            if self._commits is None:
                self._commits = GroupCommit()
            await self._commits.record(body=raw, context=partial(_context, request_id))
        except NotStoredError:  # it has said why
            return door.NOT_STORED
        finally:
            body.leave()
        return None


def _new_id() -> str:
    """As unlikely to come twice as a ``uuid4``, which asks the kernel each time."""
    return f"{getrandbits(128):032x}"


def _context(request_id: str) -> Context:
    """In which the log and the worker know the request; most of them have nothing to say."""
    context = copy_context()
    context.run(structlog.contextvars.bind_contextvars, request_id=request_id)
    return context


def _content(
    answer: Refusal | str | None, *, request_id: str
) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of an answer."""
    its_id = (REQUEST_ID, request_id.encode())
    if answer is None:
        return [*STORED_HEADERS, its_id], STORED
    if isinstance(answer, Refusal):
        kind, body = JSON, answer.body(request_id=request_id).encode()
    else:
        kind, body = PLAIN, answer.encode()
    told = [*_headers(kind, body), its_id]
    if answer is door.WRONG_METHOD:
        told.append((b"allow", ", ".join(door.METHODS).encode()))
    return told, body


def _headers(kind: bytes, body: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        (b"x-content-type-options", b"nosniff"),
    ]


STORED_HEADERS = _headers(JSON, STORED)
