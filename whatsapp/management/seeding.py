"""Years of a shop's messages by COPY: for measuring, for trying a screen on a full table.

The same seed and the same ``now`` make the same people, words and times.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

from django.db import ProgrammingError, connection, transaction
from django.db.backends.utils import CursorWrapper

from whatsapp.domain.conversation import ConversationStatus
from whatsapp.domain.lifecycle import Direction, MessageStatus
from whatsapp.management.seed_story import SPAN, Said, Story, Thread
from whatsapp.models import BusinessNumber
from whatsapp.models.message import one_line
from whatsapp.services.dialogue import agents
from whatsapp.services.statistics import rollup

BUSY = timedelta(days=10)  # what was spoken in since then may still be open
ANSWERED_WITHIN = timedelta(hours=2)
NULL = r"\N"
_TRUST = "SET LOCAL session_replication_role = replica"

_CONTACTS = (
    "id, phone, wa_id, profile_name, language, has_whatsapp, created_at",
    "whatsapp_contacts",
)
_CONVERSATIONS = (
    "id, number_id, contact_id, status, assigned_to_id, message_count, unread_count,"
    " last_message_at, last_message_preview, last_message_direction, last_inbound_at,"
    " waiting_since, first_response_at, response_due_at, assigned_at, resolved_at, archived_at,"
    " created_at",
    "whatsapp_conversations",
)
_MESSAGES = (
    "number_id, conversation_id, contact_id, user_id, phone_number, direction, message_type,"
    " message_text, content, external_message_id, delivery_status, attempts, happened_at,"
    " created_at, expires_at, sent_at, delivered_at, read_at, failed_at, error_code,"
    " pricing_category",
    "whatsapp_messages",
)


def fill(*, messages: int, conversations: int, seed: int, now: datetime) -> None:
    """Write so many messages, spread over two years before ``now``, of so many conversations.

    They belong to the default number, made if there is none. Ids go on after those there are.
    Foreign keys hold by construction; where we may, PostgreSQL is spared the checking.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        with suppress(ProgrammingError), transaction.atomic():  # for superusers
            cursor.execute(_TRUST)
        number = BusinessNumber.objects.default() or BusinessNumber.objects.create(
            phone_number_id="seeded", is_default=True
        )
        story = Story(
            ids=_take_ids(cursor, "whatsapp_conversations", conversations),
            contact_ids=_take_ids(cursor, "whatsapp_contacts", conversations),
            agents=[user.pk for user in agents.answering()],
            seed=seed,
            now=now,
        )
        rows = _Rows(number_id=number.pk, seed=seed, now=now)
        _copy(cursor, _MESSAGES, map(rows.message, islice(story.messages(messages), messages)))
        _copy(cursor, _CONVERSATIONS, map(rows.conversation, story.threads))
        first = (thread for thread in story.threads if not thread.is_earlier)
        _copy(cursor, _CONTACTS, map(rows.contact, first))
        rollup.mark(start=now - SPAN, end=now)  # spared, too, are the triggers that do it
    _tidy()


class _Rows:
    """Each of them as a line of COPY."""

    def __init__(self, *, number_id: int, seed: int, now: datetime) -> None:
        self._number_id, self._seed, self._now = number_id, seed, now.timestamp()
        self._dice = Random(seed)

    def contact(self, thread: Thread) -> str:
        who = (thread.contact_id, thread.phone, thread.phone[1:], thread.name, thread.language)
        return _row(*who, "t", _time(thread.began_at or self._now))

    def message(self, said: Said) -> str:
        thread, at = said.thread, _time(said.at)
        template = said.kind == "TEMPLATE"
        content = f'{{"kind": "text", "body": "{said.text}"}}'
        wamid = f"wamid.SEED{self._seed:X}{said.place:012X}"
        whose = (self._number_id, thread.id, thread.contact_id)
        if said.direction is Direction.RECEIVED:
            read_at = _time(min(said.at + 300, self._now))
            what = (NULL, thread.phone, "RECEIVED", said.kind, said.text, content, wamid)
            return _row(*whose, *what, NULL, 0, at, at, NULL, NULL, NULL, read_at, *[NULL] * 2, "")
        agent = NULL if template or thread.agent_id is None else str(thread.agent_id)
        what = (agent, thread.phone, "SENT", said.kind, said.text, content, wamid)
        expires_at = _time(said.at + 86_400)
        category = "utility" if template else "service"
        return _row(*whose, *what, *self._fate(said, at, expires_at), category)

    def _fate(self, said: Said, at: str, expires_at: str) -> tuple[object, ...]:
        """From the status to the error's code."""
        thrown, status = self._dice.random(), MessageStatus.READ
        arrived, read = _time(said.at + 2), _time(said.at + 60 + 4000 * thrown)
        if thrown > 0.985:
            failed = (MessageStatus.FAILED.value, 1, at, at, expires_at)
            return *failed, NULL, NULL, NULL, arrived, 131026
        if thrown > 0.75:
            status, read = MessageStatus.DELIVERED, NULL
        return status.value, 1, at, at, expires_at, at, arrived, read, NULL, NULL

    def conversation(self, thread: Thread) -> str:
        waits = thread.last_direction == "RECEIVED"
        busy = self._now - thread.last_at < BUSY.total_seconds()
        if thread.is_earlier or not busy:
            status = ConversationStatus.ARCHIVED
        elif not waits:
            status = ConversationStatus.RESOLVED
        elif thread.agent_id is None:
            status = ConversationStatus.OPEN
        else:
            status = ConversationStatus.ASSIGNED
        is_active = status in (ConversationStatus.OPEN, ConversationStatus.ASSIGNED)
        last_at = thread.last_at or self._now
        since = thread.waiting_since if is_active else 0
        archived = last_at + 691_200 if status is ConversationStatus.ARCHIVED else 0
        return _row(
            *(thread.id, self._number_id, thread.contact_id, status.value),
            thread.agent_id if status is ConversationStatus.ASSIGNED else NULL,
            *(thread.said, thread.unread if is_active else 0, _time(last_at)),
            *(one_line(thread.last_text), thread.last_direction),
            *map(_time, (thread.heard_at, since, thread.answered_at)),
            _time(since and since + ANSWERED_WITHIN.total_seconds()),
            _time(last_at if status is ConversationStatus.ASSIGNED else 0),
            _time(0 if is_active else min(last_at + 600, self._now)),
            _time(min(archived, self._now)),
            _time(thread.began_at or self._now),
        )


def _tidy() -> None:
    """Let the planner know what is there, as autovacuum would in time."""
    work = "ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE"
    with connection.cursor() as cursor:
        for _columns, table in (_CONTACTS, _CONVERSATIONS, _MESSAGES):
            cursor.execute(f"{work} {table}")


def _take_ids(cursor: CursorWrapper, table: str, number: int) -> list[int]:
    """Take so many ids from the table's own sequence."""
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [table, number],
    )
    return [row[0] for row in cursor.fetchall()]


def _copy(cursor: CursorWrapper, target: tuple[str, str], rows: Iterator[str]) -> None:
    columns, table = target
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        while some := "".join(islice(rows, 1000)):
            copy.write(some)


def _row(*values: object) -> str:
    """A line of COPY's text format; what is seeded has no tab, no line's end and no backslash."""
    return "\t".join(map(str, values)) + "\n"


def _time(seconds: float) -> str:
    """A moment as PostgreSQL reads it; 0 is none."""
    return f"{datetime.fromtimestamp(seconds, UTC)}" if seconds else NULL
