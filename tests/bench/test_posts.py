"""The receiver posts three signed statuses of each message, and says how long the door took."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench import stand_in
from tests.webhook_bodies import sign

PATH = "/v25.0/555/messages"


class Door(BaseHTTPRequestHandler):
    """Answers the first POST with 503, all others with 200."""

    protocol_version = "HTTP/1.1"
    posts: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.posts.append((self.headers["X-Hub-Signature-256"], raw))
        self.send_response(503 if len(self.posts) == 1 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def door() -> Iterator[str]:
    Door.posts = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/webhook"
    server.shutdown()
    server.server_close()


def test_each_message_is_told_of_three_times(door):
    with stand_in.running() as receiver:
        receiver.reset(latency=0)
        receiver.tell(url=door, secret="secret", account="777", number="555")
        body = json.dumps({"to": "+40720000001", "biz_opaque_callback_data": "uuid:1"}).encode()
        with urllib.request.urlopen(f"{receiver.url}{PATH}", body) as answer:
            wamid = json.loads(answer.read())["messages"][0]["id"]
        deadline = time.monotonic() + 10
        while receiver.told()["posted"] < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        told = receiver.told()

    statuses = []
    for signature, raw in Door.posts:
        assert signature == sign(raw, secret="secret")
        value = json.loads(raw)["entry"][0]["changes"][0]["value"]
        assert value["metadata"]["phone_number_id"] == "555"
        statuses += value["statuses"]
    assert [status["status"] for status in statuses] == ["sent", "delivered", "read"]
    assert {status["id"] for status in statuses} == {wamid}
    assert {status["biz_opaque_callback_data"] for status in statuses} == {"uuid:1"}
    assert (told["posted"], told["refused"]) == (3, 1)
    assert 0 < told["p50"] <= told["p99"] <= told["max"]
