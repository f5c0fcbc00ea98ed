"""A receiver of webhooks that keeps what came, and answers as told."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest

from tests.simulator_process import APP_SECRET, VERIFY_TOKEN, SimulatorProcess


class Receiver:
    """Keeps every POST to its path: `bodies` as bytes, with the signature checked.

    `answers` come first. The path is its own, so that a late post of another test is not counted.
    """

    def __init__(self) -> None:
        self.path = f"/hook/{uuid4().hex}"
        self.bodies: list[bytes] = []
        self.signed_right: list[bool] = []
        self.answers: list[int] = []
        self.lock = Lock()

    def take(self, body: bytes, signature: str) -> int:
        with self.lock:
            right = "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
            self.bodies.append(body)
            self.signed_right.append(signature == right)
            return self.answers.pop(0) if self.answers else 200

    def changes(self, field: str = "messages") -> list[dict[str, Any]]:
        """Return the values of one field, in order of arrival."""
        posts = [json.loads(body) for body in list(self.bodies)]
        changes = [c for post in posts for e in post["entry"] for c in e["changes"]]
        return [change["value"] for change in changes if change["field"] == field]

    def statuses(self, wamid: str = "") -> list[dict[str, Any]]:
        """Return the statuses (of one message), in order of arrival."""
        items = [status for value in self.changes() for status in value.get("statuses", [])]
        return [item for item in items if wamid in ("", item["id"])]

    def messages(self) -> list[dict[str, Any]]:
        """Return the inbound messages, in order of arrival."""
        return [message for value in self.changes() for message in value.get("messages", [])]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_GET(self) -> None:
        query = dict(parse_qsl(urlsplit(self.path).query))
        right = query.get("hub.verify_token") == VERIFY_TOKEN
        self._answer(200 if right else 403, query.get("hub.challenge", "").encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mine = self.path == self.receiver.path
        signature = self.headers.get("X-Hub-Signature-256", "")
        self._answer(self.receiver.take(body, signature) if mine else 404, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that the simulator cut."""


@pytest.fixture(scope="session")
def receiver_server() -> Iterator[ThreadingHTTPServer]:
    server = _Server(("127.0.0.1", 0), _Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture
def receiver(receiver_server: ThreadingHTTPServer) -> Receiver:
    _Handler.receiver = Receiver()
    return _Handler.receiver


@pytest.fixture
def sim(
    simulator: SimulatorProcess, receiver: Receiver, receiver_server: ThreadingHTTPServer
) -> SimulatorProcess:
    """A simulator whose webhooks reach `receiver`."""
    simulator.reset(webhook_url=f"http://127.0.0.1:{receiver_server.server_port}{receiver.path}")
    return simulator
