"""Old messages find their contacts and conversations, a few thousand at a time.

Each batch is one transaction that links rows and counts exactly those, and a linked row is never
taken again: stopped anywhere and begun again, the end is the same.
"""

from __future__ import annotations

import logging
from functools import lru_cache

from django.apps.registry import Apps
from django.db import connections, transaction

from whatsapp.domain import phone
from whatsapp.errors import InvalidPhoneError

logger = logging.getLogger(__name__)

BATCH = 5_000  # ids; at a million rows the longest batch took 0.7 s
_OLD = "id > %(after)s AND id <= %(upto)s AND number_id IS NULL AND conversation_id IS NULL"

_SPELLINGS = f"""
    SELECT DISTINCT phone_number FROM whatsapp_messages
    WHERE phone_number IS NOT NULL AND {_OLD}
"""
_READ = f"""
    CREATE TEMPORARY TABLE old_message ON COMMIT DROP AS
    SELECT m.id, m.customer_id, m.created_at, read.phone FROM whatsapp_messages m
    JOIN unnest(%(raw)s::text[], %(phones)s::text[]) AS read(raw, phone)
      ON read.raw = m.phone_number
    WHERE {_OLD}
"""
# The newest message with a customer says whose phone it is
_CONTACTS = """
    INSERT INTO whatsapp_contacts AS c (phone, customer_id)
    SELECT DISTINCT ON (phone) phone, customer_id FROM old_message
    ORDER BY phone, customer_id IS NULL, id DESC
    ON CONFLICT (phone) DO UPDATE SET customer_id = coalesce(excluded.customer_id, c.customer_id)
"""
_CONVERSATIONS = """
    INSERT INTO whatsapp_conversations AS c
        (number_id, contact_id, status, created_at, last_message_at, resolved_at)
    SELECT %(number)s, contact.id, 'RESOLVED', min(o.created_at), min(o.created_at),
           max(o.created_at)
    FROM old_message o JOIN whatsapp_contacts contact ON contact.phone = o.phone
    GROUP BY contact.id ORDER BY contact.id
    ON CONFLICT (number_id, contact_id) WHERE NOT status = 'ARCHIVED'
    DO UPDATE SET resolved_at = greatest(c.resolved_at, excluded.resolved_at)
    WHERE c.status = 'RESOLVED'
"""
_LINK = """
    WITH linked AS (
        UPDATE whatsapp_messages m
        SET number_id = %(number)s, contact_id = contact.id, conversation_id = conversation.id,
            happened_at = m.created_at
        FROM old_message o
        JOIN whatsapp_contacts contact ON contact.phone = o.phone
        JOIN whatsapp_conversations conversation ON conversation.contact_id = contact.id
          AND conversation.number_id = %(number)s AND conversation.status <> 'ARCHIVED'
        WHERE o.id = m.id
        RETURNING m.id, m.conversation_id, m.direction, m.created_at, m.message_type,
                  btrim(regexp_replace(m.message_text, '\\s+', ' ', 'g')) AS line
    ), newest AS (
        SELECT DISTINCT ON (conversation_id) conversation_id, direction, created_at,
               CASE WHEN line = '' THEN '[' || lower(message_type) || ']'
                    WHEN length(line) > 160 THEN left(line, 159) || '…' ELSE line END AS preview
        FROM linked ORDER BY conversation_id, created_at DESC, id DESC
    ), counted AS (
        SELECT conversation_id, count(*) AS messages,
               max(created_at) FILTER (WHERE direction = 'RECEIVED') AS inbound_at
        FROM linked GROUP BY conversation_id
    )
    UPDATE whatsapp_conversations c
    SET message_count = c.message_count + counted.messages,
        last_inbound_at = greatest(c.last_inbound_at, counted.inbound_at),
        last_message_at = greatest(c.last_message_at, newest.created_at),
        last_message_preview = CASE WHEN newest.created_at >= c.last_message_at
            THEN newest.preview ELSE c.last_message_preview END,
        last_message_direction = CASE WHEN newest.created_at >= c.last_message_at
            THEN newest.direction ELSE c.last_message_direction END
    FROM counted JOIN newest USING (conversation_id) WHERE counted.conversation_id = c.id
"""
_DATE_THE_REST = f"""
    UPDATE whatsapp_messages SET happened_at = created_at
    WHERE happened_at <> created_at AND {_OLD}
"""


def thread_old_messages(*, apps: Apps, using: str, batch: int = BATCH) -> None:
    """Link every message that has no number yet; one whose phone cannot be read stays alone."""
    messages = apps.get_model("whatsapp", "Message").objects.using(using)
    old = messages.filter(number=None, conversation=None)
    last = old.order_by("-id").values_list("id", flat=True).first()
    if last is None:
        return
    after = old.order_by("id").values_list("id", flat=True)[0] - 1
    while after < last:
        upto = min(after + batch, last)
        with transaction.atomic(using=using):
            _thread(apps=apps, using=using, after=after, upto=upto)
        logger.info("old messages threaded", extra={"upto": upto, "last": last})
        after = upto
    with connections[using].cursor() as cursor:
        cursor.execute("ANALYZE whatsapp_messages")  # the rewrite left the planner nothing


def _thread(*, apps: Apps, using: str, after: int, upto: int) -> None:
    span = {"after": after, "upto": upto}
    with connections[using].cursor() as cursor:
        cursor.execute(_SPELLINGS, span)
        spellings = {raw: read for (raw,) in cursor.fetchall() if (read := _phone(raw))}
        if spellings:
            number = {"number": _number(apps=apps, using=using)}
            cursor.execute(_READ, {**span, "raw": [*spellings], "phones": [*spellings.values()]})
            cursor.execute(_CONTACTS)
            cursor.execute(_CONVERSATIONS, number)
            cursor.execute(_LINK, number)
        cursor.execute(_DATE_THE_REST, span)


def _number(*, apps: Apps, using: str) -> int:
    """The default number; where there is none, an inactive one to stand for the shop's.

    Nothing is sent through it until a person gives it Meta's id and switches it on.
    """
    numbers = apps.get_model("whatsapp", "BusinessNumber").objects.using(using)
    number = numbers.order_by("-is_default", "-is_active", "id").first()
    if number is None:
        number = numbers.create(phone_number_id="adopted", name="Adopted messages", is_active=False)
    return int(number.pk)


@lru_cache(maxsize=100_000)
def _phone(raw: str) -> str | None:
    try:
        return phone.normalize(raw)
    except InvalidPhoneError:
        return None
