"""Rows in the hands of somebody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import QuerySet


@contextmanager
def locked_elsewhere(rows: QuerySet) -> Iterator[None]:
    """A transaction on another connection holds these rows as long as the block lasts."""
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(rows.select_for_update())
            held.set()
            done.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    try:
        yield
    finally:
        done.set()
        holder.join(10)
