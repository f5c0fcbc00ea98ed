"""Meta's webhooks, posted by the receiver at a pace: three for each message, a POST for each.

As many lines are kept open as are needed, one request on a line at a time. A delay is counted from
the moment a POST was due, so that a door which falls behind cannot hide it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import deque
from typing import Any, cast
from urllib.parse import urlsplit

from bench.arrivals import percentile

WORDS = (("sent", 0.05), ("delivered", 0.25), ("read", 0.75))  # seconds after the acceptance
LINES = 64  # at most


class Posts:
    """What is to be posted, and how long the door took for what was."""

    def __init__(self, *, url: str, secret: str, account: str, number: str) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._head = f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        self._secret = secret.encode()
        self._account, self._number = account, number
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._free: list[_Line] = []
        self._lines = 0
        self._opening: set[asyncio.Task[Any]] = set()
        self.delays: list[float] = []
        self.refused = 0

    def tell(self, *, wamid: str, callback: str, to: str) -> None:
        """Post each word about a message, when it is due."""
        loop = asyncio.get_running_loop()
        for word, delay in WORDS:
            loop.call_later(delay, self._post, self._request(wamid, callback, to, word))

    def report(self) -> dict[str, Any]:
        """Milliseconds from due to answered, and what was not answered 200."""
        shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        found = {name: percentile(self.delays, share) * 1000 for name, share in shares.items()}
        return {"posted": len(self.delays), "refused": self.refused, **found}

    def answered(self, line: _Line, *, due: float, status: bytes) -> None:
        self.delays.append(time.monotonic() - due)
        self.refused += status != b"200"
        self._free.append(line)
        self._go_on()

    def lost(self, line: _Line, unanswered: tuple[float, bytes] | None) -> None:
        """A line was closed; what it carried is posted again, as Meta does."""
        self._lines -= 1
        if line in self._free:
            self._free.remove(line)
        if unanswered:
            self._waiting.appendleft(unanswered)
        self._go_on()

    def opened(self, line: _Line) -> None:
        self._free.append(line)
        self._go_on()

    def _request(self, wamid: str, callback: str, to: str, word: str) -> bytes:
        status = {
            "id": wamid,
            "status": word,
            "timestamp": str(int(time.time())),
            "recipient_id": to.lstrip("+"),
            "biz_opaque_callback_data": callback,
            "pricing": {"billable": True, "pricing_model": "PMP", "category": "utility"},
        }
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "40300000000", "phone_number_id": self._number},
            "statuses": [status],
        }
        entry = {"id": self._account, "changes": [{"field": "messages", "value": value}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        signature = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        head = (
            f"{self._head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"X-Hub-Signature-256: sha256={signature}\r\n\r\n"
        )
        return head.encode() + body

    def _post(self, request: bytes) -> None:
        self._waiting.append((time.monotonic(), request))
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and self._free:
            self._free.pop().send(*self._waiting.popleft())
        if self._waiting and self._lines < LINES:
            self._lines += 1
            loop = asyncio.get_running_loop()
            opening = loop.create_connection(lambda: _Line(self), self._host, self._port)
            task = loop.create_task(opening)
            self._opening.add(task)  # else it may be collected before it is done
            task.add_done_callback(self._opening.discard)


class _Line(asyncio.Protocol):
    """A kept-alive connection to the door."""

    def __init__(self, posts: Posts) -> None:
        self._posts = posts
        self._sent: tuple[float, bytes] | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._posts.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._posts.lost(self, self._sent)

    def send(self, due: float, request: bytes) -> None:
        self._sent = (due, request)
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if not found or len(body) < int(length or 0) or self._sent is None:
            return
        due, _ = self._sent
        self._sent, self._received = None, b""
        self._posts.answered(self, due=due, status=head.split(b" ", 2)[1])
