"""Times out of PostgreSQL, read by Python's own parser: a page of rows holds hundreds."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db.backends.signals import connection_created
from psycopg.postgres import types
from psycopg.pq import Format

OID = types["timestamptz"].oid


def read_fast() -> None:
    """Read them so on every connection that is made from now on."""
    connection_created.connect(_on_connected, dispatch_uid="cypher_erp.times")


def _on_connected(*, connection: Any, **_: Any) -> None:
    if connection.vendor != "postgresql" or connection.timezone != UTC:
        return
    adapters = connection.connection.adapters
    loader = adapters.get_loader(OID, Format.TEXT)
    if not hasattr(loader, "of_django"):  # a pool gives a connection out again, and tells so anew
        adapters.register_loader(OID, _faster_than(loader))


@cache
def _faster_than(django_loader: Any) -> Any:
    class Loader(django_loader):  # type: ignore[misc]
        """In C, where Django's is Python; that is asked what is not of the usual form."""

        of_django = django_loader

        def load(self, data: Any) -> datetime:
            try:
                return datetime.fromisoformat(bytes(data).decode())
            except ValueError:
                found: datetime = super().load(data)
                return found

    return Loader
