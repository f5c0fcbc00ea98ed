"""Redis as Celery's broker, for workers that outlive its absence.

Celery 5.7.0 takes a lost connection apart before it closes it. Messages not yet acknowledged, also
those of tasks that end later, then ask for an address that is gone, and the AttributeError ends the
worker. Told that it is a connection error, Celery logs it, reconnects and goes on.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import redis


class Channel(redis.Channel):
    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection.client is None:
            raise ConnectionError("This connection to the broker was lost and given up.")
        known: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[misc]
        return known


class Transport(redis.Transport):
    Channel = Channel
