"""Lines to Meta kept open for sends: one request on each at a time, watched as its bytes depart.

``http.client`` costs a third of the processor time of ``requests``, which serves every other call.
A repeated POST is a second message, so nothing here tries twice. A request leaves in one write, and
who sends is asked right before it: until then no byte of it has left.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import requests
from urllib3.util import make_headers, wait_for_read

from whatsapp.conf import whatsapp_settings
from whatsapp.gateway.errors import HELD_BACK, transport_failure
from whatsapp.ports import DepartureGate, GatewayError

LONGEST_IDLE = 30.0  # seconds after which a line is not trusted: Meta closes idle ones


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class _Connection(HTTPConnection):
    """Keeps a request from ``hold`` to ``flush``; what leads to the line itself goes at once."""

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


@dataclass(kw_only=True, slots=True)
class _Line:
    """A connection, the start of its requests' addresses, and when it was used last."""

    connection: _Connection
    prefix: str
    headers: dict[str, str]
    used_at: float = field(default_factory=time.monotonic)

    def is_fresh(self) -> bool:
        """Tell whether it may be used again: not idle for long, not closed by the other side."""
        wire: socket.socket | None = self.connection.sock
        if wire is None or time.monotonic() - self.used_at > LONGEST_IDLE:
            return False
        return not wait_for_read(wire, timeout=0.0)


class Lines:
    """The open lines, by the place they lead to; the one used last is taken first."""

    def __init__(self) -> None:
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
            self._keep(base, line)
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
            if line.is_fresh():
                return line
            line.connection.close()
        return _open(base)

    def _keep(self, base: str, line: _Line) -> None:
        if line.connection.sock is None:  # the answer said that it would close
            return
        line.used_at = time.monotonic()
        self._idle[base].append(line)


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
        status=response.status, body=response.read(), headers=dict(response.headers.items())
    )


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
