"""The watch of each worker: a sender that dies wakes nobody, nor does a wake-up that was lost.

The sweep finds both, but it is a minute away, and beat may be gone.

A wake-up that comes back later would not do: Redis gives delayed tasks to any worker at once, and
those in the hands of the one that dies come back after an hour.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta

from django.db import connection

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.services.outgoing import outbox

logger = logging.getLogger(__name__)

LOOK = 0.5  # seconds between looks; a successor stays silent for a second anyway
PATIENCE = 5.0  # seconds for a wake-up to find a free thread before the next one
NEGLECTED = timedelta(seconds=5)  # how long rows are due before their wake-up counts as lost


class Watch:
    """A thread that wakes a sender: after one whose lease ran out, and for rows nobody came for."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._woken: dict[int, float] = {}
        self._next_round = 0.0

    def start(self) -> None:
        """Begin; call once per worker process."""
        threading.Thread(target=self._run, name="whatsapp-watch", daemon=True).start()

    def stop(self) -> None:
        """End at the next look."""
        self._stopped.set()

    def look(self) -> None:
        """Wake whoever can take over, once in a while for each number."""
        now = time.monotonic()
        numbers = dead_senders()
        if now >= self._next_round:
            self._next_round = now + PATIENCE
            numbers += outbox.neglected(since=NEGLECTED)
        for number_id in numbers:
            if now - self._woken.get(number_id, float("-inf")) >= PATIENCE:
                self._woken[number_id] = now
                queue.enqueue(queue.SEND_DUE, number_id=number_id)

    def _run(self) -> None:
        while not self._stopped.wait(LOOK):
            try:
                if whatsapp_settings().enabled:
                    self.look()
            except Exception as error:  # the database is away; the next look connects again
                logger.debug("watch cannot look", extra={"error": type(error).__name__})
                connection.close()
        connection.close()


def dead_senders() -> list[int]:
    """Numbers whose sender did not end its lease, which is over by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number_id FROM whatsapp_sender_state "
            "WHERE holder <> '' AND lease_until < clock_timestamp() ORDER BY number_id"
        )
        return [row[0] for row in cursor.fetchall()]
