"""The receiver as a child process, and a small client for its control paths."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.arrivals import Arrivals
from bench.certificate import Certificate
from bench.system import prefer
from dev.servers import ROOT


class StandIn:
    """A running receiver, over TLS when it has a certificate."""

    def __init__(self, *, certificate: Certificate | None = None) -> None:
        arguments = [sys.executable, "-m", "bench.receiver"]
        self._certificate = certificate
        if certificate:
            arguments += ["--certificate", str(certificate.certificate)]
            arguments += ["--key", str(certificate.key)]
        self.process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        word, _, port = self.process.stdout.readline().partition(" ")
        if word != "ready":
            raise RuntimeError(f"the receiver did not start (exit {self.process.wait()})")
        prefer(self.process.pid)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{int(port)}"

    def environment(self) -> dict[str, str]:
        """What a sender needs, to reach this receiver and trust it."""
        trust = self._certificate.environment() if self._certificate else {}
        return {"WHATSAPP_GRAPH_URL": self.url, **trust}

    def reset(self, *, latency: float) -> None:
        """Forget what arrived; answer after ``latency`` milliseconds from now on."""
        self._control("reset", {"latency": latency})

    def tell(self, **door: str) -> None:
        """Have statuses of each message posted to a door, as ``bench.posts.Posts`` takes it."""
        self._control("tell", door)

    def told(self) -> dict[str, Any]:
        """How long the door took, in milliseconds, and how often it did not answer 200."""
        return self._control("told")

    def arrivals(self) -> Arrivals:
        return Arrivals(**self._control("arrivals"))

    def report(self) -> dict[str, Any]:
        return self._control("report")

    def _control(self, path: str, body: object = None) -> dict[str, Any]:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.url}/_bench/{path}", data=data)
        trusted = self._certificate and ssl.create_default_context(
            cafile=self._certificate.certificate
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted or None)
        )
        with opener.open(request, timeout=30) as answer:
            value: dict[str, Any] = json.loads(answer.read())
            return value

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def running(*, certificate: Certificate | None = None) -> Iterator[StandIn]:
    """A receiver for as long as the block lasts."""
    receiver = StandIn(certificate=certificate)
    try:
        yield receiver
    finally:
        receiver.stop()
