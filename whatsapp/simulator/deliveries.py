"""The queue of POSTs: sign, post, and post again until the receiver says 200."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from functools import partial

from whatsapp.simulator.encoding import Json, signature
from whatsapp.simulator.faults import SIGNATURE, Faults, Kind
from whatsapp.simulator.poster import Poster, Target
from whatsapp.simulator.schedule import Schedule
from whatsapp.simulator.settings import Settings

FIRST_WAIT = 0.1


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """One POST on its way; the bytes never change from try to try."""

    body: bytes
    url: str
    signed: str = ""
    attempts: int = 0
    first: "asyncio.Future[None] | None" = None

    def answered(self) -> None:
        """Wake who waits for the first try."""
        if self.first is not None and not self.first.done():
            self.first.set_result(None)


class Deliveries:
    """Posts on a fixed number of kept-alive connections, in the order of the queue."""

    def __init__(self, *, settings: Settings, faults: Faults, schedule: Schedule) -> None:
        self._settings = settings
        self._faults = faults
        self._schedule = schedule
        self._workers: list[asyncio.Task[None]] = []
        self._targets: dict[str, Target] = {}
        self.clear()

    def clear(self) -> None:
        """Forget what waits, and the counts."""
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self.waiting = self.in_flight = 0
        self.counts = dict.fromkeys(("posts", "ok", "refused", "unanswered", "given_up"), 0)
        self.log: deque[Json] = deque(maxlen=200)
        if self._workers:
            self.stop()
            self.start()

    def start(self) -> None:
        """Open the workers, one a connection."""
        connections = range(self._settings.webhook_connections)
        self._workers = [asyncio.create_task(self._work()) for _ in connections]

    def stop(self) -> None:
        """End them, whatever they are at."""
        for worker in self._workers:
            worker.cancel()

    def state(self) -> Json:
        """Return what waits."""
        return {
            "ready": self._queue.qsize(),
            "in_flight": self.in_flight,
            "waiting_for_redelivery": self.waiting,
        }

    def post(self, delivery: Delivery) -> None:
        """Queue a POST."""
        self._queue.put_nowait(delivery)

    async def _work(self) -> None:
        poster, queue = Poster(), self._queue
        try:
            while True:
                delivery = await queue.get()
                self.in_flight += 1
                status = await self._attempt(poster, delivery)
                self.in_flight -= 1
                self._settle(delivery, status)
                delivery.answered()
        finally:
            poster.close()

    async def _attempt(self, poster: Poster, delivery: Delivery) -> int:
        delivery.attempts += 1
        started = time.monotonic()
        body, headers = self._sign(delivery)
        try:
            status, _ = await poster.post(
                target=self._target(delivery.url),
                body=body,
                headers=headers,
                timeout=self._settings.webhook_timeout,
            )
        except (OSError, TimeoutError):
            status = 0
        self.counts["posts"] += 1
        spent = round((time.monotonic() - started) * 1000, 1)
        self.log.append(
            {"status": status, "ms": spent, "bytes": len(body), "attempt": delivery.attempts}
        )
        return status

    def _settle(self, delivery: Delivery, status: int) -> None:
        if status == 200:
            self.counts["ok"] += 1
            return
        self.counts["refused" if status else "unanswered"] += 1
        if delivery.attempts >= self._settings.redelivery_limit:
            self.counts["given_up"] += 1
            return
        self.waiting += 1
        wait = FIRST_WAIT * 2.0 ** min(delivery.attempts - 1, 20)
        again = partial(self._again, delivery)
        self._schedule.after(min(wait, self._settings.redelivery_cap), again)

    def _again(self, delivery: Delivery) -> None:
        self.waiting -= 1
        self.post(delivery)

    def _sign(self, delivery: Delivery) -> tuple[bytes, str]:
        body = delivery.body
        value = delivery.signed or signature(
            secret=self._settings.app_secret.split(",")[0], body=body
        )
        fault = self._faults.take(SIGNATURE) if self._faults.active else None
        match fault.kind if fault else None:
            case Kind.WRONG_SIGNATURE:
                value = signature(secret="another secret", body=body)
            case Kind.ALTERED_BODY:
                body = body.rstrip(b"}") + b" " + b"}" * (len(body) - len(body.rstrip(b"}")))
            case Kind.MISSING_SIGNATURE:
                value = "missing"
        return body, "" if value == "missing" else f"x-hub-signature-256: {value}\r\n"

    def _target(self, url: str) -> Target:
        target = self._targets.get(url)
        if target is None:
            target = self._targets[url] = Target.of(url)
        return target
