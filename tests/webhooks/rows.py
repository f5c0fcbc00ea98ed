"""What the doors store, and a table that lets nobody store anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from tests import webhook_bodies as bodies
from whatsapp.models import WebhookEvent


def one(wamid: str = "wamid.A", said: str = "Bună ziua") -> bytes:
    return bodies.body(bodies.messages(bodies.text(wamid, said)))


def keys() -> list[str]:
    events = WebhookEvent.objects.order_by("idempotency_key")
    return list(events.values_list("idempotency_key", flat=True))


@contextmanager
def held_table() -> Iterator[None]:
    """Nobody can insert while the block lasts; it ends by itself in a rollback."""
    parameters = connection.get_connection_params()
    with psycopg.connect(dbname=parameters["dbname"], **server(parameters)) as other:
        other.execute("LOCK TABLE whatsapp_webhook_events IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def server(parameters: dict) -> dict:
    names = ("host", "port", "user", "password")
    return {name: parameters[name] for name in names if name in parameters}
