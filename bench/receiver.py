"""A fast stand-in for Graph: accepts every send and notes when it had arrived wholly.

    python -m bench.receiver --port 9443 --latency 50 [--certificate cert.pem --key key.pem]

The simulator (`whatsapp.simulator`) judges as Meta does and takes its time for it. This one takes
some ten thousand sends a second on one core, so that what is measured is the sender. Answers keep
the order of nothing: each leaves `latency` ms after its request.

    GET  /_bench/report     counts, rates, the largest number in any sliding second, own CPU seconds
    GET  /_bench/arrivals   every arrival in monotonic seconds, with its callback data
    POST /_bench/reset      forget them; `{"latency": 500}` also changes the latency
    POST /_bench/tell       post three statuses of each message from now on, see `bench.posts`
    GET  /_bench/told       how long the door took for them
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import resource
import signal
import ssl
import sys
import time
from typing import Any, cast

import uvloop

from bench.arrivals import Arrivals
from bench.posts import Posts

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
Json = dict[str, Any]


class Book:
    """What arrived, and how long answers take."""

    def __init__(self, *, latency: float) -> None:
        self.latency = latency  # seconds
        self.times: list[float] = []
        self.callbacks: list[str] = []
        self._posts: Posts | None = None

    def accept(self, body: bytes) -> Json:
        """Note a send and make its answer, as Meta words it."""
        self.times.append(time.monotonic())
        message = json.loads(body)
        callback, to = message.get("biz_opaque_callback_data", ""), message.get("to", "")
        self.callbacks.append(callback)
        wamid = f"wamid.BENCH{id(self)}.{len(self.times)}"
        if self._posts:
            self._posts.tell(wamid=wamid, callback=callback, to=to)
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": to.lstrip("+")}],
            "messages": [{"id": wamid}],
        }

    def control(self, path: str, body: bytes) -> Json:
        """Answer a control path."""
        match path:
            case "/_bench/report":
                used = resource.getrusage(resource.RUSAGE_SELF)
                seen = Arrivals(times=self.times, callbacks=self.callbacks).report()
                return {**seen, "cpu_seconds": round(used.ru_utime + used.ru_stime, 2)}
            case "/_bench/arrivals":
                return {"times": self.times, "callbacks": self.callbacks}
            case "/_bench/reset":
                self.latency = json.loads(body or b"{}").get("latency", self.latency * 1000) / 1000
                self.times, self.callbacks = [], []
                return {}
            case "/_bench/tell":
                self._posts = Posts(**json.loads(body))
                return {}
            case "/_bench/told":
                return self._posts.report() if self._posts else {}
            case _:
                return {"error": {"message": f"{path} is not known here", "code": 100}}


class Connection(asyncio.Protocol):
    """One kept-alive connection of plain HTTP/1.1, as far as our own clients speak it."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._loop = asyncio.get_running_loop()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass of it

    def data_received(self, data: bytes) -> None:
        self._received += data
        while self._take_request():
            pass

    def _take_request(self) -> bool:
        """Answer the first request that is here to its last byte, if there is one."""
        head_ends = self._received.find(b"\r\n\r\n")
        if head_ends < 0:
            return False
        head = self._received[:head_ends]
        length = CONTENT_LENGTH.search(head)
        ends = head_ends + 4 + (int(length[1]) if length else 0)
        if len(self._received) < ends:
            return False
        body, self._received = self._received[head_ends + 4 : ends], self._received[ends:]
        method, path, _ = head.split(b" ", 2)
        self._answer(method.decode(), path.decode(), body)
        return True

    def _answer(self, method: str, path: str, body: bytes) -> None:
        if method == "POST" and path.endswith("/messages"):
            answer = self._book.accept(body)
            self._loop.call_later(self._book.latency, self._write, answer)
        else:
            self._write(self._book.control(path, body))

    def _write(self, answer: Json) -> None:
        if self._transport.is_closing():
            return
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        self._transport.write(head.encode() + b"\r\n\r\n" + body)


async def serve(*, port: int, latency: float, tls: ssl.SSLContext | None) -> None:
    """Serve until SIGTERM; prints one line with the port when ready."""
    loop = asyncio.get_running_loop()
    book = Book(latency=latency)
    server = await loop.create_server(
        lambda: Connection(book), "127.0.0.1", port, ssl=tls, backlog=1024
    )
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    sys.stdout.write(f"ready {server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A fast stand-in for Graph.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency", type=float, default=50.0, help="milliseconds to each answer")
    parser.add_argument("--certificate", help="serve HTTPS with it")
    parser.add_argument("--key")
    options = parser.parse_args()
    tls = None
    if options.certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(options.certificate, options.key)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(port=options.port, latency=options.latency / 1000, tls=tls))


if __name__ == "__main__":
    main()
