"""Reactions, edits and deletions: what they make of the message they change.

Each stays a row of its own, and the message's row is never rewritten: what became of it is put
together where it is shown, by ``domain.amendments.fold``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection

from whatsapp.domain.amendments import UNTOUCHED, Amended, Amendment, Change, fold
from whatsapp.domain.lifecycle import Direction, MessageStatus
from whatsapp.models import Message
from whatsapp.models.message import AMENDMENTS

_UNSAID = (MessageStatus.FAILED.value, MessageStatus.CANCELLED.value)
_ABOUT = """
    SELECT reply_to_id, waits_for, message_type, direction, happened_at, external_message_id,
           message_text
    FROM whatsapp_messages
    WHERE (reply_to_id = ANY(%s) OR waits_for = ANY(%s)) AND message_type = ANY(%s)
      AND NOT (direction = %s AND delivery_status IS NOT NULL AND delivery_status = ANY(%s))
"""


def complete(messages: Iterable[Message]) -> list[Message]:
    """Read messages and give those that wait their target, where we know it by now.

    A customer may react before our own send has told us the wamid; nothing is written here.
    """
    rows = list(messages)
    wamids = {row.waits_for for row in rows if row.waits_for}
    if wamids:
        targets = Message.objects.filter(external_message_id__in=wamids)
        known = {target.external_message_id: target for target in targets}
        for row in rows:
            if row.waits_for in known:
                row.reply_to = known[row.waits_for]
    return rows


def of(messages: Iterable[Message]) -> Mapping[int, Amended]:
    """Tell what became of each of these messages, in one query; an untouched one is not in it.

    A wording is deleted with its message. What names a message by a wamid that our own record has
    only now got is found, too.
    """
    rows = list(messages)
    edits = {row.pk: row for row in rows if row.message_type == Change.EDIT and row.reply_to_id}
    authors = {row.reply_to_id or 0: row.direction for row in edits.values()}
    authors |= {row.pk: row.direction for row in rows if row.message_type not in AMENDMENTS}
    wamids = {row.external_message_id: row.pk for row in rows if row.pk in authors}
    became = _became(authors, wamids={wamid: pk for wamid, pk in wamids.items() if wamid})
    for pk, edit in edits.items():
        target = became.get(edit.reply_to_id or 0, UNTOUCHED)
        if target.revoked_at is not None:
            became[pk] = Amended(revoked_at=target.revoked_at)
    return became


def _became(authors: Mapping[int, str], *, wamids: Mapping[str, int]) -> dict[int, Amended]:
    """Fold what is about these messages; ``authors`` are their directions by id."""
    if not authors:
        return {}
    unsaid = (Direction.SENT.value, list(_UNSAID))
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, [list(authors), list(wamids), list(AMENDMENTS), *unsaid])
        rows = cursor.fetchall()
    found: dict[int, list[Amendment]] = {}
    for row in rows:
        target_id, target_wamid, kind, direction, at, wamid, text = row
        amendment = Amendment(
            change=Change(kind), direction=direction, at=at, wamid=wamid or "", text=text
        )
        found.setdefault(target_id or wamids[target_wamid or ""], []).append(amendment)
    return {pk: fold(each, author=authors[pk]) for pk, each in found.items()}
