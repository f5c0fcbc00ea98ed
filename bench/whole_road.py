"""The whole road at 500 messages a second: sent, told of three times each, and read in our rows.

Meta is the lean receiver, over plain HTTP: the simulator, which judges as Meta does, would need a
core of its own at this pace. It posts each status alone, three for each message.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from bench import rows, stand_in
from bench.departures import departures
from bench.figures import Figure, at_least, at_most, noted
from bench.stand_in import StandIn
from bench.system import System, wait_for
from dev.credentials import ACCOUNT_ID, NUMBER_ID
from dev.redis_server import free_port
from whatsapp.models import Message

RATE = 500  # messages a second
SECONDS = 60
LATENCY = 50.0  # milliseconds to each answer
LOOK_EVERY = 0.05  # seconds
_OLDEST = """
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0)
    FROM whatsapp_webhook_events WHERE status = 'pending'
"""


class Watch:
    """Looks at the oldest event that waits, again and again, in a thread."""

    def __init__(self) -> None:
        self.oldest = 0.0  # seconds, the longest seen
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._done.set()
            self._thread.join()

    def _look(self) -> None:
        try:
            while not self._done.wait(LOOK_EVERY):
                with connection.cursor() as cursor:
                    cursor.execute(_OLDEST)
                    self.oldest = max(self.oldest, float(cursor.fetchone()[0]))
        finally:
            connection.close()


def run(system: System) -> list[Figure]:
    """A minute's messages, from the queue to READ."""
    count = RATE * SECONDS
    number = rows.fresh_number(limit=RATE)
    rows.make_people(count, number=number)
    watch = Watch()
    with (
        stand_in.running() as receiver,
        _door(system) as door,
        system.sender("sender", **receiver.environment()),
        system.worker("processor", "--queues", "whatsapp_receive"),
    ):
        _connect(receiver, door=door, secret=system.environment["WHATSAPP_APP_SECRET"])
        rows.queue_broadcast(count, number=number)
        with watch.watching():
            rows.wake(number=number)
            wait_for(rows.is_drained, what="all messages sent")
            ended = time.monotonic()
            wait_for(lambda: _read() == count, what="all messages read")
            settled = time.monotonic() - ended
        arrived, told = receiver.arrivals(), receiver.told()
    return [
        at_least("whole_road", arrived.rate(), "/s", goal=480),
        at_most("whole_road_second", departures().largest_second(), "departures", goal=RATE),
        at_most("whole_road_read", settled, "s after the last was sent", goal=5),
        at_most("whole_road_door", told["p99"], "ms, p99", goal=100),
        noted("whole_road_door_median", told["p50"], "ms"),
        at_most("whole_road_refused", told["refused"], "POSTs not answered 200", goal=0),
        at_most("whole_road_oldest", watch.oldest, "s, oldest event that waited", goal=1),
        at_most("whole_road_doubled", arrived.doubled(), "messages", goal=0),
    ]


@contextmanager
def _door(system: System) -> Iterator[str]:
    """The web server; the address of its door."""
    port = free_port()
    with system.web(port=port):
        yield f"http://127.0.0.1:{port}/api/v1/whatsapp/webhook"


def _connect(receiver: StandIn, *, door: str, secret: str) -> None:
    receiver.reset(latency=LATENCY)
    receiver.tell(url=door, secret=secret, account=ACCOUNT_ID, number=NUMBER_ID)


def _read() -> int:
    return Message.objects.filter(delivery_status="READ").count()
