"""A lean HTTP/1.1 client: one POST at a time over one kept-alive connection."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to post: an address taken apart once."""

    host: str
    port: int
    secure: bool
    path: str
    authority: str

    @classmethod
    def of(cls, url: str) -> "Target":
        """Take an http(s) address apart; raises `ValueError` for another."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not an http(s) address")
        secure = parts.scheme == "https"
        return cls(
            host=parts.hostname,
            port=parts.port or (443 if secure else 80),
            secure=secure,
            path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            authority=parts.netloc,
        )


class _Exchange(asyncio.Protocol):
    """One connection and the answer it is waiting for."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._headed = False
        self.reusable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionError(f"unreadable answer: {error}"))

    def on_headers_complete(self) -> None:
        self._headed = True

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self.reusable = self._parser.should_keep_alive()
        if self.answer is not None and not self.answer.done():
            self.answer.set_result((self._parser.get_status_code(), bytes(self._body)))

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and self._headed:
            # An answer without a length ends with the connection.
            self.on_message_complete()
        self.reusable = False
        self.transport = None
        self._fail(ConnectionError("the webhook closed the connection without an answer"))

    def _fail(self, error: Exception) -> None:
        self.reusable = False
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error)

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Write a request and wait for its whole answer."""
        if self.transport is None:
            raise ConnectionError("the connection is closed")
        self._begin()
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answer


class Poster:
    """Sends requests one after another, reconnecting when the address or the server changed."""

    def __init__(self) -> None:
        self._exchange: _Exchange | None = None
        self._address: tuple[str, int, bool] | None = None

    async def post(
        self, *, target: Target, body: bytes, headers: str, timeout: float
    ) -> tuple[int, bytes]:
        """Post and return (status, body); raises `OSError` or `TimeoutError`."""
        head = (
            f"POST {target.path} HTTP/1.1\r\nhost: {target.authority}\r\n"
            f"content-type: application/json\r\nuser-agent: facebookexternalua\r\n"
            f"content-length: {len(body)}\r\n{headers}\r\n"
        )
        return await self._ask(target, head.encode("latin-1") + body, timeout)

    async def get(self, *, target: Target, timeout: float) -> tuple[int, bytes]:
        """Get and return (status, body); raises `OSError` or `TimeoutError`."""
        head = f"GET {target.path} HTTP/1.1\r\nhost: {target.authority}\r\naccept: */*\r\n\r\n"
        return await self._ask(target, head.encode("latin-1"), timeout)

    async def _ask(self, target: Target, request: bytes, timeout: float) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(timeout):
                reused = await self._connect(target)
                assert self._exchange is not None
                try:
                    return await self._exchange.ask(request)
                except ConnectionError:
                    if not reused:
                        raise
                # The server had closed an idle connection: that is no failure of this webhook.
                self.close()
                await self._connect(target)
                return await self._exchange.ask(request)
        except BaseException:
            self.close()
            raise

    async def _connect(self, target: Target) -> bool:
        address = (target.host, target.port, target.secure)
        if self._exchange is not None and self._exchange.reusable and self._address == address:
            return True
        self.close()
        context = ssl.create_default_context() if target.secure else None
        _, self._exchange = await asyncio.get_running_loop().create_connection(
            _Exchange, target.host, target.port, ssl=context
        )
        self._address = address
        return False

    def close(self) -> None:
        """Let the connection go."""
        if self._exchange is not None and self._exchange.transport is not None:
            self._exchange.transport.close()
        self._exchange = None
