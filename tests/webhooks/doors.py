"""Both doors behind a real server, and a client that sends exactly the bytes it is told to."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from tests import webhook_bodies as bodies

PATH = "/api/v1/whatsapp/webhook"


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass(frozen=True, kw_only=True)
class ServedDoor:
    """A door at an address."""

    name: str
    port: int
    server: uvicorn.Server

    def end(self) -> None:
        """Ask the server to end, as SIGTERM does: it first answers those inside."""
        self.server.should_exit = True

    def post(
        self, raw: bytes, *, signature: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Post a body, signed with our secret unless told otherwise; '' leaves the header out."""
        return self.ask("POST", body=raw, headers=signed(raw, signature) | dict(headers or {}))

    def post_in_pieces(self, pieces: Iterable[bytes], *, signature: str) -> Answer:
        """Post without announcing a length."""
        given = {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}
        return self.ask("POST", body=iter(pieces), headers=given)

    def ask(
        self,
        method: str,
        *,
        query: str = "",
        path: str = PATH,
        body: bytes | Iterator[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            given = {name: value.encode() for name, value in (headers or {}).items()}
            connection.request(
                method,
                path + query,
                body=body or None,
                headers=given,
                encode_chunked=not isinstance(body, bytes),
            )
            answer = connection.getresponse()
            return Answer(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.getheaders()},
                content=answer.read(),
            )
        finally:
            connection.close()

    def post_all(self, raws: Iterable[bytes]) -> list[Answer]:
        """Post at the same time, each over a connection of its own."""
        return together([lambda raw=raw: self.post(raw) for raw in raws])

    def hang_up_in_mid_body(self, raw: bytes) -> None:
        """Announce all of a body, send half of it, and go."""
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(raw)}\r\n"
        head += f"X-Hub-Signature-256: {bodies.sign(raw)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.port)) as wire:
            wire.sendall(head.encode() + raw[: len(raw) // 2])


def signed(raw: bytes, signature: str | None = None) -> dict[str, str]:
    signature = bodies.sign(raw) if signature is None else signature
    headers = {"Content-Type": "application/json"}
    return headers | ({"X-Hub-Signature-256": signature} if signature else {})


def together(calls: Iterable[Callable[[], Answer]]) -> list[Answer]:
    """Make all calls at once and return their answers, in order."""
    answers: dict[int, Answer] = {}

    def run(place: int, call: Callable[[], Answer]) -> None:
        answers[place] = call()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[place] for place in range(len(threads))]


@contextmanager
def serving(name: str, application: Any, **options: Any) -> Iterator[ServedDoor]:
    """The application under uvicorn in a thread of this process, until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    server = uvicorn.Server(uvicorn.Config(application, log_config=None, **options))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name=name)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield ServedDoor(name=name, port=listener.getsockname()[1], server=server)
    finally:
        server.should_exit = True
        thread.join(timeout=30)
