"""Recorded webhook bodies, and a server that does exactly what a test says."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from whatsapp.gateway.client import CloudApiGateway

Step = Callable[[socket.socket], bool | None]
PAYLOADS = Path(__file__).parents[1] / "payloads"


@pytest.fixture
def recorded() -> Callable[[str], bytes]:
    """A POST's body by the name of its file, escaped as on the wire."""

    def read(name: str) -> bytes:
        return json.dumps(json.loads((PAYLOADS / f"{name}.json").read_text())).encode()

    return read


class RawServer:
    """Plays the next step for each whole request it reads, on whatever connection it comes.

    A step gets the connection after head and body were read; it answers, or returns True to close.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[bytes, bytes]] = []  # head, body; both as far as they came
        self.steps: list[Step] = []
        self.delay = 0.0  # seconds between two reads of a body
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        return len(self._connections)

    def close(self) -> None:
        for one in (self._listener, *self._connections):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while (request := self._read(connection)) is not None:
                self.requests.append(request)
                head, body = request
                if len(body) < _length(head) or self.steps.pop(0)(connection):
                    return

    def _read(self, connection: socket.socket) -> tuple[bytes, bytes] | None:
        data = b""
        while b"\r\n\r\n" not in data:
            if not (more := connection.recv(65536)):
                return None
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        while len(body) < _length(head) and (more := connection.recv(65536)):
            body += more
            time.sleep(self.delay)
        return head, body


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def answer(body: Any, *, status: str = "200 OK", headers: str = "") -> Step:
    """A step that answers and keeps the connection."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def step(connection: socket.socket) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\n{headers}\r\n"
        connection.sendall(head.encode() + data)

    return step


def hang_up(connection: socket.socket) -> bool:
    """A step that closes without a word."""
    return True


def reset(connection: socket.socket) -> bool:
    """A step that resets the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return True


@pytest.fixture
def server() -> Iterator[RawServer]:
    running = RawServer()
    yield running
    running.close()


@pytest.fixture
def configure(settings):
    def change(**values):
        settings.WHATSAPP = {**settings.WHATSAPP, **values}

    return change


@pytest.fixture
def gateway(configure, server):
    configure(GRAPH_URL=server.url, READ_TIMEOUT=timedelta(milliseconds=300))
    return CloudApiGateway()
