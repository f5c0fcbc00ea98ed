"""Rows as an ERP may really have them, and what must become of each."""

from __future__ import annotations

from typing import Any

from cypher_erp.customers.models import Customer
from cypher_erp.orders.models import Order
from cypher_erp.quotes.models import Quote
from cypher_erp.staff.models import User
from tests.migrations.databases import Database

UNREADABLE = ("necunoscut", "0722", "+", "072100000000000")
STATUSES = ("PENDING", "sent", "Delivered", "READ", "failed", "queued", "", None)
KEPT = ("PENDING", "SENT", "DELIVERED", "READ", "FAILED", "queued", None, None)

# Most numbers repeat in three spellings. Prime steps, so that the oddities meet in all mixtures.
_INSERT = """
    INSERT INTO whatsapp_messages (customer_id, user_id, phone_number, direction, message_type,
        message_text, order_id, quote_id, external_message_id, delivery_status, read_at, created_at)
    SELECT
        CASE WHEN i %% 3 = 0 THEN 1 + i %% 5 END, CASE WHEN i %% 11 = 0 THEN 1 END,
        CASE WHEN i %% 97 = 0 THEN (%(unreadable)s::text[])[1 + i %% 4]
             WHEN i %% 89 = 0 THEN ''
             WHEN i %% 3 = 0 THEN '+40 721 ' || to_char(i %% 400, 'FM000 000')
             WHEN i %% 3 = 1 THEN '0721' || to_char(i %% 400, 'FM000000')
             ELSE '0040721' || to_char(i %% 400, 'FM000000') END,
        (ARRAY['SENT', 'RECEIVED'])[1 + i %% 2]::whatsapp_direction,
        (enum_range(NULL::whatsapp_message_type))[1 + i %% 7],
        (ARRAY['Bună ziua, comanda e gata', '', E'două\\n rânduri', '👋🏽 שלום',
               repeat('ș', 300)])[1 + i %% 5],
        CASE WHEN i %% 7 = 0 THEN 1 END, CASE WHEN i %% 13 = 0 THEN 1 END,
        CASE WHEN i %% 17 = 0 THEN '' WHEN i %% 19 = 0 THEN NULL
             WHEN i %% 23 = 0 THEN 'wamid.twice.' || i %% 50 ELSE 'wamid.' || i END,
        (%(statuses)s::text[])[1 + i %% 8],
        CASE WHEN i %% 2 = 0 THEN timestamptz '2025-03-30 03:30:00.123456+02' END,
        timestamptz '2025-01-01 00:00+00' + ((i * 7919) %% 100000) * interval '1 minute'
    FROM generate_series(1, %(rows)s) AS i
"""


def fill_erp(made: Database) -> None:
    """Five customers, one user, one order and one quote, each with ids from 1."""
    customers = [Customer(name=f"Client {i}") for i in range(5)]
    Customer.objects.using(made.name).bulk_create(customers)
    User.objects.using(made.name).bulk_create([User(username="ana")])
    for model in (Order, Quote):
        model.objects.using(made.name).bulk_create([model(number="C-1", customer=customers[0])])


def fill_messages(made: Database, *, rows: int) -> None:
    """Awkward messages, and a copy of them, ``old_rows``, of which the migrations do not know."""
    made.run(_INSERT, rows=rows, unreadable=[*UNREADABLE], statuses=[*STATUSES])
    made.run("DELETE FROM whatsapp_messages WHERE id % 1000 = 0")  # gaps, and the last id too
    made.run(
        "CREATE TABLE old_rows AS SELECT id, customer_id, user_id, phone_number, direction::text, "
        "message_type::text, message_text, order_id, quote_id, external_message_id, "
        "delivery_status, read_at, created_at FROM whatsapp_messages"
    )


def as_adopted(old: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say what the rows must be after adoption, by other means than the migration's SQL."""
    newest = {row["external_message_id"]: row["id"] for row in sorted(old, key=lambda r: r["id"])}
    return [
        {
            **row,
            "phone_number": row["phone_number"] or None,
            "delivery_status": KEPT[STATUSES.index(row["delivery_status"])],
            "external_message_id": (row["external_message_id"] or None)
            if newest[row["external_message_id"]] == row["id"]
            else None,
        }
        for row in old
    ]
