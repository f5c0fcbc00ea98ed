"""The load posts distinct, signed webhooks and reports what came back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.webhooks.doors import PATH, serving
from whatsapp.gateway import signature
from whatsapp.gateway.updates import split

ROOT = Path(__file__).resolve().parents[2]


class Collector:
    """An ASGI app that keeps what it is posted, and refuses every tenth."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, str, bytes]] = []

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            raise ValueError
        headers = dict(scope["headers"])
        body = (await receive())["body"]
        self.posts.append((scope["path"], headers[b"x-hub-signature-256"].decode(), body))
        status = 503 if len(self.posts) % 10 == 0 else 200
        length = [(b"content-length", b"2")] if len(self.posts) % 2 else []  # else in chunks
        await send({"type": "http.response.start", "status": status, "headers": length})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize("rate", ["0", "400"])
def test_each_webhook_is_distinct_signed_and_counted(rate, tmp_path):
    collector, ids = Collector(), tmp_path / "ids.txt"
    command = [sys.executable, "-m", "bench.ingest_load", "--mark", "t", "--secret", "s"]
    command += ["--connections", "8", "--seconds", "0.5", "--count", "150", "--rate", rate]

    with serving("collector", collector) as server:
        done = subprocess.run(
            [*command, "--port", str(server.port), "--acknowledged", str(ids)],
            cwd=ROOT,
            input="go\n",
            capture_output=True,
            text=True,
            check=True,
        )

    said = json.loads(done.stdout.splitlines()[-1])
    assert said["answered"] == len(collector.posts) == 150
    assert said["statuses"] == {"200": 135, "503": 15}
    assert 0 < said["p50"] <= said["p99"] <= said["max"]
    bodies = [body for _, _, body in collector.posts]
    keys = {item.key for body in bodies for item in split(body)}
    assert keys == {f"status:wamid.t-{number}:sent" for number in range(150)}
    assert len(ids.read_text().split()) == 135
    for path, header, body in collector.posts:
        assert path == PATH
        assert signature.is_valid(body=body, header=header, secrets=("s",))
