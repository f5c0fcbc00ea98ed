"""A database as after a year or two: a million messages under the product's own indexes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.db import connection, transaction

from bench import rows
from cypher_erp.customers.models import Customer
from whatsapp.domain import content as contents
from whatsapp.models import Message

MESSAGES, PEOPLE = 1_000_000, 100_000
RECENT = 200_000  # of the messages: statuses speak of them

# Foreign keys are right by construction; to check three million of them is not what is measured
_TRUST = "SET LOCAL session_replication_role = replica"
_MESSAGES = """
    INSERT INTO whatsapp_messages (number_id, conversation_id, contact_id, phone_number, direction,
        message_type, message_text, content, external_message_id, delivery_status, attempts,
        sent_at, happened_at, created_at, expires_at)
    SELECT %(number)s, p.conversation, p.contact, p.phone, 'SENT', 'TEXT', %(text)s, %(content)s,
        'wamid.HBgLNDA3' || upper(md5(n::text)) || lpad(n::text, 14, '0'), 'SENT', 1,
        at, at, at, at + interval '1 day'
    FROM (
        SELECT n, n %% %(people)s AS place, now() - (%(count)s - n) * interval '1 minute' AS at
        FROM generate_series(1, %(count)s) AS n
    ) AS told
    JOIN (
        SELECT row_number() OVER (ORDER BY v.id) - 1 AS place, v.id AS conversation,
            c.id AS contact, c.phone
        FROM whatsapp_conversations v JOIN whatsapp_contacts c ON c.id = v.contact_id
    ) AS p USING (place)
    ORDER BY n
"""


_KNOWN = "UPDATE whatsapp_contacts SET has_whatsapp = true, customer_id = %s"


def fill() -> None:
    """Have a million messages of ours, accepted by Meta, unless they are there already.

    Their people are known: to be on WhatsApp, and as a customer's.
    """
    if Message.objects.order_by("pk")[MESSAGES - 1 : MESSAGES].exists():
        return
    number = rows.fresh_number(limit=80)
    rows.make_people(PEOPLE, number=number)
    values: dict[str, str | int] = {
        "number": number.pk,
        "people": PEOPLE,
        "count": MESSAGES,
        "text": rows.SAID.text,
        "content": json.dumps(contents.to_json(rows.SAID)),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TRUST)
        cursor.execute(_MESSAGES, values)
    with connection.cursor() as cursor:
        customer = Customer.objects.create(name="Bench", phone="0720000000")
        cursor.execute(_KNOWN, [customer.pk])
        cursor.execute("VACUUM ANALYZE whatsapp_messages, whatsapp_contacts")
        cursor.execute("VACUUM ANALYZE whatsapp_conversations, whatsapp_webhook_events")


def recent(count: int) -> Sequence[tuple[str, str]]:
    """Wamid and callback data of so many of the newest messages, in no order, not told of yet."""
    newest = Message.objects.sent().order_by("-pk")[:RECENT].values("pk")
    untold = Message.objects.filter(pk__in=newest, delivered_at=None, read_at=None)
    found = untold.order_by("?").values_list("external_message_id", "uuid")[:count]
    return [(wamid or "", f"{uuid}:1") for wamid, uuid in found]
