"""The rows of a bulk send, set by set: staged in a temporary table, then written in the order of
locks (contacts, conversations, messages, outbox), each statement once for all recipients.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import ForeignKey

from whatsapp.domain.retry import Priority
from whatsapp.models import Message

_STAGE = """
    CREATE TEMP TABLE whatsapp_bulk (
        position bigint NOT NULL, phone text, contact_id bigint, customer_id bigint,
        order_id bigint, text text NOT NULL, preview text NOT NULL, content text NOT NULL,
        conversation_id bigint, refused text NOT NULL DEFAULT ''
    ) ON COMMIT DROP
"""
_COPY = """
    COPY whatsapp_bulk (position, phone, contact_id, customer_id, order_id, text, preview, content)
    FROM STDIN
"""

# A row that names a customer or an order that does not exist would break the commit for all
_REFUSE_STRANGE = """
    UPDATE whatsapp_bulk SET refused = %(word)s
    WHERE {column} IS NOT NULL AND refused = ''
      AND NOT EXISTS (SELECT 1 FROM {table} AS host WHERE host.{key} = {column})
"""

# Sub-queries, here and below, so that each recipient is looked up by an index whatever the planner
# believes of tables that have just been filled
_FIND_CONTACTS = """
    UPDATE whatsapp_bulk AS b SET contact_id = least(
        (SELECT c.id FROM whatsapp_contacts c
         WHERE c.phone = b.phone AND c.merged_into_id IS NULL),
        (SELECT c.id FROM whatsapp_contacts c
         WHERE c.wa_id = substr(b.phone, 2) AND c.merged_into_id IS NULL))
    WHERE contact_id IS NULL AND refused = ''
"""
_MAKE_CONTACTS = """
    INSERT INTO whatsapp_contacts (phone)
    SELECT DISTINCT phone FROM whatsapp_bulk WHERE contact_id IS NULL AND refused = ''
    ORDER BY phone
    ON CONFLICT (phone) DO NOTHING
"""
_COUNT_UP = "ANALYZE whatsapp_bulk (position, contact_id, refused)"
_JUDGE = """
    UPDATE whatsapp_bulk AS b
    SET phone = f.phone, refused = f.refused, customer_id = coalesce(b.customer_id, f.customer_id)
    FROM (
        SELECT s.position, c.phone, c.customer_id,
            CASE WHEN c.id IS NULL THEN 'contact'
                 WHEN %(marketing)s AND c.marketing_consent IS FALSE THEN 'opted_out'
                 WHEN row_number() OVER (PARTITION BY c.id ORDER BY s.position) > 1
                 THEN 'duplicate' ELSE '' END AS refused
        FROM whatsapp_bulk s LEFT JOIN whatsapp_contacts c ON c.id = s.contact_id
        WHERE s.refused = ''
    ) AS f
    WHERE f.position = b.position
"""

_TIE_CONTACTS = """
    WITH free AS (
        SELECT c.id, b.customer_id FROM whatsapp_contacts c
        JOIN whatsapp_bulk b ON b.contact_id = c.id
        WHERE b.refused = '' AND c.customer_id IS NULL AND b.customer_id IS NOT NULL
        ORDER BY c.id FOR NO KEY UPDATE OF c
    )
    UPDATE whatsapp_contacts c SET customer_id = free.customer_id FROM free WHERE c.id = free.id
"""

# Contacts may be merged at any moment. Nobody makes a conversation for one that is merged away:
# whose is to be made is locked before, but for those that this transaction has just made itself.
_FOLLOW_MERGES = """
    UPDATE whatsapp_bulk b SET contact_id = c.merged_into_id, conversation_id = NULL
    FROM whatsapp_contacts c WHERE c.id = b.contact_id AND c.merged_into_id IS NOT NULL
"""
_LOCK_CONTACTS = """
    SELECT c.id FROM whatsapp_contacts c
    WHERE c.id = ANY(ARRAY(
        SELECT contact_id FROM whatsapp_bulk WHERE refused = '' AND conversation_id IS NULL))
      AND c.xmin <> pg_current_xact_id()::xid
    ORDER BY c.id FOR SHARE
"""
_MAKE_CONVERSATIONS = """
    INSERT INTO whatsapp_conversations (number_id, contact_id, status, resolved_at)
    SELECT %(number_id)s, contact_id, 'RESOLVED', %(now)s FROM whatsapp_bulk
    WHERE refused = '' AND conversation_id IS NULL
    ORDER BY contact_id
    ON CONFLICT (number_id, contact_id) WHERE status <> 'ARCHIVED' DO NOTHING
"""
# + 0: without statistics the planner would read all conversations of the number for each contact
_FIND_CONVERSATIONS = """
    UPDATE whatsapp_bulk b SET conversation_id = (
        SELECT v.id FROM whatsapp_conversations v
        WHERE v.number_id + 0 = %(number_id)s AND v.contact_id = b.contact_id
          AND v.status <> 'ARCHIVED')
    WHERE refused = ''
"""
_LOCK_CONVERSATIONS = """
    WITH live AS (
        SELECT v.id, v.contact_id FROM whatsapp_conversations v
        WHERE v.id = ANY(ARRAY(SELECT conversation_id FROM whatsapp_bulk WHERE refused = ''))
          AND v.status <> 'ARCHIVED'
        ORDER BY v.id FOR UPDATE
    )
    SELECT count(*) = (SELECT count(*) FROM whatsapp_bulk WHERE refused = '')
    FROM live JOIN whatsapp_bulk b ON b.conversation_id = live.id
    WHERE b.refused = '' AND b.contact_id = live.contact_id
"""

_REFUSE_COLLEAGUES = """
    UPDATE whatsapp_bulk b SET refused = 'colleagues_conversation'
    FROM whatsapp_conversations v
    WHERE v.id = b.conversation_id AND b.refused = '' AND v.assigned_to_id <> %(user_id)s
"""

_WRITE = """
    WITH written AS (
        INSERT INTO whatsapp_messages (
            customer_id, user_id, phone_number, direction, message_type, message_text, order_id,
            delivery_status, number_id, contact_id, conversation_id, template_id, content,
            happened_at, created_at, send_at, expires_at)
        SELECT customer_id, %(user_id)s, phone, 'SENT', 'TEMPLATE', text, order_id,
            'PENDING', %(number_id)s, contact_id, conversation_id, %(template_id)s, content::jsonb,
            %(now)s, %(now)s, %(send_at)s, %(expires_at)s
        FROM whatsapp_bulk WHERE refused = '' ORDER BY position
        RETURNING id, contact_id
    )
    INSERT INTO whatsapp_outbox (message_id, number_id, contact_id, priority, next_attempt_at)
    SELECT id, %(number_id)s, contact_id, %(priority)s, coalesce(%(send_at)s, clock_timestamp())
    FROM written ORDER BY id
    RETURNING message_id
"""

# As threads.note_messages, but that it answers nobody: what is said to many ends no one's wait
_NEWEST = "(v.message_count = 0 OR v.last_message_at <= %(now)s)"
_NOTE = f"""
    UPDATE whatsapp_conversations v
    SET message_count = v.message_count + 1,
        last_message_at = CASE WHEN {_NEWEST} THEN %(now)s ELSE v.last_message_at END,
        last_message_preview = CASE WHEN {_NEWEST} THEN b.preview ELSE v.last_message_preview END,
        last_message_direction = CASE WHEN {_NEWEST} THEN 'SENT' ELSE v.last_message_direction END
    FROM whatsapp_bulk b
    WHERE v.id = b.conversation_id AND b.refused = ''
"""


class Staged(NamedTuple):
    """One recipient's row, as COPY takes it; whom it goes to is a phone in E.164 or a contact."""

    position: int
    phone: str | None
    contact_id: int | None
    customer_id: int | None
    order_id: int | None
    text: str
    preview: str
    content: str  # JSON


@dataclass(frozen=True, kw_only=True, slots=True)
class Common:
    """What all rows of a bulk have in common."""

    number_id: int
    template_id: int
    user_id: int | None
    priority: Priority
    marketing: bool
    own_only: bool  # then a colleague's conversation is left alone
    now: datetime
    send_at: datetime | None
    expires_at: datetime


class Stage:
    """The temporary table; call its methods in their order, inside one transaction."""

    def __init__(self, cursor: CursorWrapper, common: Common) -> None:
        self._cursor = cursor
        self._values = {**asdict(common), "priority": common.priority.value}
        cursor.execute(_STAGE)

    def put(self, rows: Iterable[Staged]) -> None:
        """Add rows, by COPY."""
        with self._cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)

    def write(self) -> array[int]:
        """Write contacts, conversations, messages and outbox rows; return the messages' ids."""
        for name, word in (("customer", "customer"), ("order", "order")):
            self._run(_refuse_strange(name), word=word)
        for statement in (_FIND_CONTACTS, _MAKE_CONTACTS, _FIND_CONTACTS, _COUNT_UP):
            self._run(statement)
        self._follow_merges()
        for statement in (_JUDGE, _TIE_CONTACTS, _FIND_CONVERSATIONS):
            self._run(statement)
        while not self._all_locked():  # some are to be made, were archived or moved meanwhile
            self._run(_LOCK_CONTACTS)
            while self._follow_merges():
                self._run(_JUDGE)  # two of them may be one by now
                self._run(_LOCK_CONTACTS)
            self._run(_MAKE_CONVERSATIONS)
            self._run(_FIND_CONVERSATIONS)
        if self._values["own_only"]:
            self._run(_REFUSE_COLLEAGUES)
        self._run(_NOTE)
        self._run(_WRITE)
        return array("q", (row[0] for row in self._cursor))

    def refused(self) -> list[tuple[int, str]]:
        """Say who was left out: position, and the word for the reason."""
        self._run("SELECT position, refused FROM whatsapp_bulk WHERE refused <> '' ORDER BY 1")
        return list(self._cursor.fetchall())

    def drop(self) -> None:
        """Take the table away; the transaction may hold another bulk."""
        self._run("DROP TABLE whatsapp_bulk")

    def _all_locked(self) -> bool:
        self._run(_LOCK_CONVERSATIONS)
        return bool(self._cursor.fetchone()[0])

    def _follow_merges(self) -> bool:
        """Take rows to the contacts that theirs are part of; tell whether any was."""
        self._run(_FOLLOW_MERGES)
        if not self._cursor.rowcount:
            return False
        self._follow_merges()
        return True

    def _run(self, statement: str, **more: str) -> None:
        self._cursor.execute(statement, {**self._values, **more})


def _refuse_strange(name: str) -> str:
    """Name the host's table: the models are settings."""
    field = Message._meta.get_field(name)
    assert isinstance(field, ForeignKey)
    host = field.target_field
    key = host.column or host.attname
    quote = connection.ops.quote_name
    return _REFUSE_STRANGE.format(
        column=f"{name}_id", table=quote(host.model._meta.db_table), key=quote(key)
    )
