"""Order events become notices, and notices messages: told exactly once, or a reason why not."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

from whatsapp import queue
from whatsapp.models import OrderNotice


def announce(*, event: str, order_ids: Iterable[int], occurrence: str = "") -> None:
    """Put down that an event of these orders is to be told; one statement for any number.

    Runs in a savepoint of the caller's transaction and changes no other row. An event announced
    before is left as it was. An id that is no order is skipped: its foreign key would else fail
    the caller's commit.
    """
    ids = sorted(set(order_ids))
    if not ids:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_insertion(), [event, occurrence, ids])
        queue.enqueue(queue.DECIDE_ORDER_NOTICES)


def _insertion() -> str:
    """Write the INSERT by hand: Django's bulk_create cuts an import into many statements."""
    order = OrderNotice._meta.get_field("order").target_field
    key, table = order.column, order.model._meta.db_table
    return (
        f"INSERT INTO {OrderNotice._meta.db_table} (order_id, event, occurrence)"
        f' SELECT "{key}", %s, %s FROM "{table}" WHERE "{key}" = ANY(%s) ORDER BY 1'
        " ON CONFLICT DO NOTHING"
    )
