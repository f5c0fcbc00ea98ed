"""Rows to send, made set-wise: what is measured is the sending, not the queueing."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.db import connection, transaction

from dev.credentials import ACCOUNT_ID, NUMBER_ID
from whatsapp import queue
from whatsapp.domain import content as contents
from whatsapp.domain.content import Content, Text
from whatsapp.domain.retry import Priority
from whatsapp.models import BusinessNumber, Contact, OutboxItem, SenderState
from whatsapp.models.outbox import OutboxState

SAID = Text(body="Bună ziua! Comanda dumneavoastră a plecat și ajunge mâine între orele 10 și 14.")

_EMPTY = """
    TRUNCATE whatsapp_messages, whatsapp_outbox, whatsapp_message_attempts CASCADE
"""

_PEOPLE = """
    INSERT INTO whatsapp_contacts (phone, wa_id, profile_name)
    SELECT '+4072' || lpad(n::text, 7, '0'), '4072' || lpad(n::text, 7, '0'), 'Client ' || n
    FROM generate_series(1, %(count)s) AS n ON CONFLICT DO NOTHING
"""

_THREADS = """
    INSERT INTO whatsapp_conversations (number_id, contact_id, last_inbound_at)
    SELECT %(number)s, id, now() FROM whatsapp_contacts ON CONFLICT DO NOTHING
"""

_MESSAGES = """
    INSERT INTO whatsapp_messages (number_id, conversation_id, contact_id, phone_number,
        direction, message_type, message_text, content, delivery_status, expires_at)
    SELECT %(number)s, v.id, c.id, c.phone, 'SENT', %(kind)s, %(text)s, %(content)s,
        'PENDING', now() + interval '1 day'
    FROM whatsapp_conversations v JOIN whatsapp_contacts c ON c.id = v.contact_id
    WHERE v.number_id = %(number)s ORDER BY v.id LIMIT %(count)s OFFSET %(first)s
    RETURNING id
"""

_OUTBOX = """
    INSERT INTO whatsapp_outbox (message_id, number_id, contact_id, priority)
    SELECT id, number_id, contact_id, %(priority)s FROM whatsapp_messages
    WHERE id = ANY(%(messages)s) ORDER BY id
"""


def fresh_number(*, limit: int) -> BusinessNumber:
    """The number that sends, with its messages per second, as if it never had sent.

    A limit beyond Meta's 1,000 measures the sender without one; our own rule is lifted for it.
    No worker may run meanwhile.
    """
    clear()
    SenderState.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE whatsapp_business_numbers DROP CONSTRAINT IF EXISTS whatsapp_number_pace"
        )
    number, _ = BusinessNumber.objects.update_or_create(
        phone_number_id=NUMBER_ID,
        defaults={"waba_id": ACCOUNT_ID, "is_default": True, "messages_per_second": limit},
    )
    return number


def clear() -> None:
    """Forget all messages."""
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY)


def make_people(count: int, *, number: BusinessNumber) -> None:
    """Have that many contacts, each with a conversation whose 24-hour window is open."""
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, {"count": count})
        cursor.execute(_THREADS, {"number": number.pk})
        cursor.execute("ANALYZE whatsapp_contacts, whatsapp_conversations")


def phones(count: int) -> Iterator[str]:
    """The phones of that many people."""
    contacts = Contact.objects.order_by("pk")[:count]
    return (phone or "" for phone in contacts.values_list("phone", flat=True).iterator())


def write(
    count: int, *, number: BusinessNumber, content: Content = SAID, first: int = 0
) -> list[int]:
    """Write a message to each of that many people, without queueing it; return their ids."""
    values = {
        "number": number.pk,
        "count": count,
        "first": first,
        "kind": "TEXT" if isinstance(content, Text) else "TEMPLATE",
        "text": content.text,
        "content": json.dumps(contents.to_json(content)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES, values)
        return [row[0] for row in cursor.fetchall()]


def queue_up(
    count: int, *, number: BusinessNumber, content: Content = SAID, first: int = 0
) -> None:
    """Queue a broadcast's message to each of that many people; nobody is woken."""
    with transaction.atomic(), connection.cursor() as cursor:
        messages = write(count, number=number, content=content, first=first)
        cursor.execute(_OUTBOX, {"messages": messages, "priority": Priority.BROADCAST.value})


def queue_broadcast(count: int, *, number: BusinessNumber) -> None:
    """Queue a text to that many people, and let the planner know, as autovacuum would in time."""
    queue_up(count, number=number)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE whatsapp_messages, whatsapp_outbox")


def wake(*, number: BusinessNumber) -> None:
    """Wake the number's sender, as a commit does."""
    queue.enqueue(queue.SEND_DUE, number_id=number.pk)


def is_drained() -> bool:
    """Whether nothing waits and nothing is in a sender's hands."""
    waiting = (OutboxState.PENDING.value, OutboxState.CLAIMED.value)
    return not OutboxItem.objects.filter(state__in=waiting).exists()
