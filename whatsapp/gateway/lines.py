"""Lines to Meta kept open for sends: one request on each at a time, watched as its bytes depart.

``http.client`` costs a third of the processor time of ``requests``, which serves every other call.
A repeated POST is a second message, so nothing here tries twice. A request leaves in one write, and
who sends is asked right before it: until then no byte of it has left.
"""

from __future__ import annotations

import io
import os
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from urllib3.util import make_headers, wait_for_read

from whatsapp.conf import whatsapp_settings
from whatsapp.gateway.errors import HELD_BACK, transport_failure
from whatsapp.ports import DepartureGate, GatewayError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST_IDLE = 30.0  # seconds after which a line is not trusted: Meta closes idle ones
LARGEST_ANSWER = 1_000_000  # bytes; Meta's are a few hundred


class AnswerTooLargeError(HTTPException):
    """Whatever this is, it is no answer of Meta's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class _InTime(io.RawIOBase):
    """The bytes of one answer, all within the wire's timeout, which else begins anew with each.

    An answer that comes in one piece costs no call more.
    """

    def __init__(self, wire: socket.socket, raw: io.RawIOBase) -> None:
        self._wire, self._raw = wire, raw
        self._whole = wire.gettimeout() or 0.0
        self._until = time.monotonic() + self._whole
        self._pieces = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        if self._pieces:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._wire.settimeout(left)
        self._pieces += 1
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Leave the wire as it was, for the next answer."""
        if not self.closed and self._pieces > 1:
            self._wire.settimeout(self._whole)
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer that has to be whole in time."""

    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> None:
        super().__init__(sock, debuglevel, method)
        self.fp = io.BufferedReader(_InTime(sock, self.fp.detach()))


class _Connection(HTTPConnection):
    """Keeps a request from ``hold`` to ``flush``; what leads to the line itself goes at once."""

    response_class = _Response
    _held: list[bytes] | None = None

    def hold(self) -> None:
        self._held = []

    def send(self, data: bytes) -> None:  # type: ignore[override]
        """Called by the base class for the headers, for the body, and for a proxy's tunnel."""
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)

    def flush(self) -> None:
        """Let the request leave, in one write."""
        held, self._held = self._held or [], None
        super().send(b"".join(held))


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


@dataclass(kw_only=True, slots=True, eq=False)
class _Line:
    """A connection, the start of its requests' addresses, and when it was used last."""

    connection: _Connection
    prefix: str
    headers: dict[str, str]
    used_at: float = field(default_factory=time.monotonic)

    def is_idle_for(self, seconds: float) -> bool:
        """Tell whether it was used no more for longer than that."""
        return time.monotonic() - self.used_at > seconds

    def is_closed(self) -> bool:
        """Tell whether the other side closed it, or says what nobody asked."""
        wire: socket.socket | None = self.connection.sock
        return wire is None or wait_for_read(wire, timeout=0.0)


class Lines:
    """The open lines, by the place they lead to; the one used last is taken first."""

    def __init__(self, *, longest_idle: float = LONGEST_IDLE) -> None:
        self._longest_idle = longest_idle
        self._idle: dict[str, list[_Line]] = {}
        self._process = os.getpid()

    def post(
        self, url: str, *, body: bytes, headers: Mapping[str, str], gate: DepartureGate
    ) -> Answer:
        """Make exactly one request and return whatever came back.

        Raises GatewayError: NOT_SENT if the gate said no or no byte of the body left, AMBIGUOUS if
        the answer was lost after that.
        """
        base, departed = _base(url), False
        line: _Line | None = None
        try:
            line = self._take(base)
            _write(line, url.removeprefix(base), headers=headers, body=body)
            if not gate():
                raise GatewayError(HELD_BACK)
            departed = True
            line.connection.flush()
            gate.left()
            answer = _read(line.connection)
        except (HTTPException, OSError) as error:
            raise GatewayError(transport_failure(error, departed=departed)) from error
        else:
            self._keep(base, line, answer)
            line = None
            return answer
        finally:
            if line is not None:
                line.connection.close()  # half a request, or half an answer

    def _take(self, base: str) -> _Line:
        if self._process != os.getpid():  # a fork must not share its parent's lines
            self._idle, self._process = {}, os.getpid()
        idle = self._idle.setdefault(base, [])
        while idle:
            line = idle.pop()
            if not line.is_idle_for(self._longest_idle) and not line.is_closed():
                return line
            line.connection.close()
        return _open(base)

    def _keep(self, base: str, line: _Line, answer: Answer) -> None:
        if answer.status < 200:  # the real answer follows, and is not the next message's
            line.connection.close()
        if line.connection.sock is None:  # the answer said that it would close
            return
        line.used_at = time.monotonic()
        idle = self._idle[base]
        idle.append(line)
        for oldest in idle[:1]:  # those above it are enough, so nobody would look at it again
            if oldest.is_idle_for(self._longest_idle):
                with suppress(ValueError):  # another thread has just taken it
                    idle.remove(oldest)
                    oldest.connection.close()


def _write(line: _Line, path: str, *, headers: Mapping[str, str], body: bytes) -> None:
    """Write the request down, whole; nothing leaves."""
    connection = line.connection
    connection.hold()
    connection.putrequest("POST", line.prefix + path, skip_accept_encoding=True)
    for name, value in {**line.headers, **headers, "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders(body)


def _read(connection: _Connection) -> Answer:
    response = connection.getresponse()
    return Answer(
        status=response.status, body=_body(response), headers=dict(response.headers.items())
    )


def _body(response: HTTPResponse) -> bytes:
    """Read the body. Raises AnswerTooLargeError."""
    length = response.length  # None: until the last chunk, or until the line is closed
    if length is not None and length <= LARGEST_ANSWER:
        return response.read()  # which notices a body cut short
    body = b"" if length else response.read(LARGEST_ANSWER + 1)
    if length or len(body) > LARGEST_ANSWER:
        raise AnswerTooLargeError
    return body


def _open(base: str) -> _Line:
    """Connect, through a proxy if the environment names one for the address.

    Certificates and proxies are found where ``requests`` finds them.
    """
    config = whatsapp_settings()
    with requests.Session() as session:
        found = session.merge_environment_settings(base, {}, None, None, None)
    proxy = requests.utils.select_proxy(base, found["proxies"])
    target, door = urlsplit(base), urlsplit(proxy or base)
    is_secure = target.scheme == "https"
    pass_on = _proxy_headers(proxy) if proxy else {}
    host, port = door.hostname or "", door.port or (443 if door.scheme == "https" else 80)
    timeout = config.connect_timeout.total_seconds()
    connection = (
        _SecureConnection(host, port, timeout=timeout, context=_context(found["verify"]))
        if is_secure
        else _Connection(host, port, timeout=timeout)
    )
    if proxy and is_secure:
        connection.set_tunnel(target.hostname or "", target.port, headers=pass_on)
    connection.connect()
    connection.sock.settimeout(config.read_timeout.total_seconds())
    by_proxy = bool(proxy) and not is_secure  # which is told the whole address
    return _Line(
        connection=connection, prefix=base if by_proxy else "", headers=pass_on if by_proxy else {}
    )


def _proxy_headers(proxy: str) -> dict[str, str]:
    """What lets us through a proxy whose address names a user."""
    user, password = requests.utils.get_auth_from_url(proxy)
    return make_headers(proxy_basic_auth=f"{user}:{password}") if user else {}


@cache
def _context(verify: bool | str) -> ssl.SSLContext:
    """One for all lines, or each would read the authorities' certificates anew."""
    place = verify if isinstance(verify, str) else requests.utils.DEFAULT_CA_BUNDLE_PATH
    if os.path.isdir(place):
        return ssl.create_default_context(capath=place)
    return ssl.create_default_context(cafile=place)


@cache
def _base(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
