"""Post webhooks over kept-alive connections, as fast as answers come or at a set rate.

    python -m bench.ingest_load --port 8000 --connections 128 --seconds 4 --mark r1 [--rate 3300]

A process of its own, so that its CPU is counted apart. Every body is distinct, and is made and
signed before the clock starts. Prints one JSON object. With a rate, latency counts from when a
request was due: a server that falls behind is not spared. Linux only, for its epoll.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import select
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import ingest_bodies
from bench.arrivals import percentile

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
LAST_CHUNK = b"\r\n0\r\n\r\n"
PAUSE = 0.05  # seconds before a connection that broke is made again
LAST = 10.0  # seconds that answers may take after the time is over


@dataclass(slots=True, eq=False)
class Line:
    """One connection, and the request under way in it."""

    port: int
    wire: socket.socket = field(init=False)
    mark: str = ""
    since: float = 0.0
    received: bytes = b""
    waits: bool = False  # for an answer

    def open(self) -> None:
        self.wire = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, mark: str, request: bytes, *, since: float) -> None:
        self.mark, self.since, self.received, self.waits = mark, since, b"", True
        self.wire.sendall(request)

    def answer(self) -> int:
        """Read what is there; the status when the answer is whole, 0 while it is not."""
        data = self.wire.recv(65536)
        if not data:
            raise ConnectionResetError
        self.received = received = self.received + data if self.received else data
        ends = received.find(b"\r\n\r\n")
        if ends < 0:
            return 0
        length = LENGTH.search(received, 0, ends)
        if length is None:  # in chunks, as granian sends what has no length
            whole = received.endswith(LAST_CHUNK)
        else:
            whole = len(received) >= ends + 4 + int(length[1])
        return int(received[9:12]) if whole else 0


class Load:
    """All connections of one run, and what came back."""

    def __init__(self, *, port: int, connections: int, requests: Sequence[tuple[str, bytes]]):
        self._requests = requests
        self._poll = select.epoll()
        self._lines: dict[int, Line] = {}
        self._idle: deque[Line] = deque()
        self._broken: deque[tuple[float, Line]] = deque()
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []
        self.acknowledged: list[str] = []
        self.asked = 0
        for _ in range(connections):
            self._connect(Line(port=port), now=time.monotonic())

    def run(self, *, seconds: float, rate: float) -> float:
        """Post for so long, or until all are posted; return the seconds until the last answer."""
        started = time.monotonic()
        ends = started + seconds
        while (now := time.monotonic()) < ends and self.asked < len(self._requests):
            self._mend(now)
            if rate:
                self._post_due(now, started=started, rate=rate)
            else:
                while self._idle and self.asked < len(self._requests):
                    self._post(since=now)
            self._take(timeout=self._next_due(now, started=started, rate=rate))
        while len(self._idle) < len(self._lines) and now < ends + LAST:
            self._take(timeout=0.1)
            now = time.monotonic()
        return now - started

    def _post_due(self, now: float, *, started: float, rate: float) -> None:
        while (
            self._idle and self.asked < len(self._requests) and started + self.asked / rate <= now
        ):
            self._post(since=started + self.asked / rate)

    def _next_due(self, now: float, *, started: float, rate: float) -> float:
        if not rate or not self._idle:
            return 0.01
        return max(0.0, started + self.asked / rate - now)

    def _post(self, *, since: float) -> None:
        line = self._idle.popleft()
        mark, request = self._requests[self.asked]
        self.asked += 1
        try:
            line.post(mark, request, since=since)
        except OSError:
            self._break(line)

    def _take(self, *, timeout: float) -> None:
        for number, _ in self._poll.poll(timeout):
            line = self._lines[number]
            try:
                status = line.answer()
            except OSError:
                self._break(line)
                continue
            if status:
                self._note(line, status)

    def _note(self, line: Line, status: int) -> None:
        self.latencies.append(time.monotonic() - line.since)
        self.statuses[status] += 1
        if status == 200:
            self.acknowledged.append(line.mark)
        line.waits = False
        self._idle.append(line)

    def _connect(self, line: Line, *, now: float) -> None:
        try:
            line.open()
        except OSError:
            self._broken.append((now + PAUSE, line))
            return
        self._lines[line.wire.fileno()] = line
        self._poll.register(line.wire, select.EPOLLIN)
        self._idle.append(line)

    def _break(self, line: Line) -> None:
        """Give a connection up; an answer that was awaited in it never came."""
        if line.waits:
            self.statuses[0] += 1
        else:
            self._idle.remove(line)
        line.waits = False
        del self._lines[line.wire.fileno()]
        line.wire.close()  # leaves the epoll by itself
        self._broken.append((time.monotonic() + PAUSE, line))

    def _mend(self, now: float) -> None:
        while self._broken and self._broken[0][0] <= now:
            self._connect(self._broken.popleft()[1], now=now)


def report(load: Load, *, seconds: float, used: float) -> dict[str, object]:
    times: Sequence[float] = sorted(load.latencies)
    return {
        "answered": len(times),
        "rate": len(times) / seconds,
        "statuses": {str(status): count for status, count in load.statuses.items()},
        "p50": 1000 * percentile(times, 0.50),
        "p99": 1000 * percentile(times, 0.99),
        "max": 1000 * max(times, default=0.0),
        "cpu_seconds": used,
    }


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description="Post webhooks and say what came back.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default="/api/v1/whatsapp/webhook")
    parser.add_argument("--secret", default="secret")
    parser.add_argument("--connections", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rate", type=float, default=0.0, help="a second; 0 as answers come")
    parser.add_argument("--count", type=int, default=100_000, help="bodies to prepare")
    parser.add_argument("--mark", required=True, help="begins every id of this run")
    parser.add_argument("--acknowledged", type=Path, help="write the ids answered 200 here")
    options = parser.parse_args()
    prepared = ingest_bodies.requests(
        options.count, mark=options.mark, secret=options.secret, path=options.path
    )
    load = Load(port=options.port, connections=options.connections, requests=prepared)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    before = cpu_seconds()
    seconds = load.run(seconds=options.seconds, rate=options.rate)
    said = report(load, seconds=seconds, used=cpu_seconds() - before)
    if options.acknowledged:
        options.acknowledged.write_text("\n".join(load.acknowledged))
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
