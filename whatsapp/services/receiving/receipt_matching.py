"""Which message of ours a status speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.updates import StatusUpdate

_CALLBACK_DATA = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([0-9]{1,4})")

# Arrays: a batch's thousand ids as placeholders of their own take longer than the search
_FIND_BY_UUID = """
SELECT uuid::text, external_message_id, id, contact_id FROM whatsapp_messages
WHERE uuid = ANY(%s::uuid[]) AND direction = 'SENT'
"""
_FIND_BY_WAMID = """
SELECT external_message_id, id, contact_id FROM whatsapp_messages
WHERE external_message_id = ANY(%s::text[]) AND direction = 'SENT'
"""
_FIND_ATTEMPTS = """
SELECT attempt.wamid, attempt.message_id, message.contact_id, attempt.attempt, attempt.outcome
FROM whatsapp_message_attempts attempt JOIN whatsapp_messages message
    ON message.id = attempt.message_id
WHERE attempt.wamid = ANY(%s::text[])
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A message of ours; ``attempt`` is None when only the row's own wamid told.

    ``has_rival``: another row has the status's wamid, so this one cannot adopt it. ``given_up``:
    the attempt is known to have failed, and the message was sent again since.
    """

    message_id: int
    contact_id: int | None
    attempt: int | None = None
    has_rival: bool = False
    given_up: bool = False


def match(updates: Sequence[StatusUpdate]) -> list[Match | None]:
    """Find each status's message: by our uuid, which it may carry before we know its wamid.

    Else by wamid, the row's or that of an earlier attempt. Nothing is locked. In three queries.
    """
    calls = [_read_callback(update.callback_data) for update in updates]
    wamids = [update.wamid for update in updates]
    by_uuid, by_wamid = _by_uuids({call[0] for call in calls if call})
    by_wamid |= _by_wamids(set(wamids) - by_wamid.keys())
    by_attempt = _by_attempts(set(wamids))
    return [
        _choose(
            call=call,
            called=by_uuid.get(call[0]) if call else None,
            known=by_wamid.get(wamid),
            earlier=by_attempt.get(wamid),
        )
        for call, wamid in zip(calls, wamids, strict=True)
    ]


def _choose(
    *,
    call: tuple[str, int] | None,
    called: Match | None,
    known: Match | None,
    earlier: Match | None,
) -> Match | None:
    if call is None or called is None:
        return known or earlier
    return Match(
        message_id=called.message_id,
        contact_id=called.contact_id,
        attempt=call[1],
        has_rival=known is not None and known.message_id != called.message_id,
        given_up=earlier is not None and earlier.given_up,
    )


def _by_uuids(uuids: set[str]) -> tuple[dict[str, Match], dict[str, Match]]:
    """The messages, also by the wamids that they have: no other row can have one of those."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND_BY_UUID, [list(uuids)])
        rows = cursor.fetchall()
    by_uuid: dict[str, Match] = {}
    by_wamid: dict[str, Match] = {}
    for uuid, wamid, pk, contact_id in rows:
        by_uuid[uuid] = Match(message_id=pk, contact_id=contact_id)
        if wamid is not None:
            by_wamid[wamid] = by_uuid[uuid]
    return by_uuid, by_wamid


def _by_wamids(wamids: set[str]) -> dict[str, Match]:
    """Mostly of none: statuses carry our uuid."""
    if not wamids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_FIND_BY_WAMID, [list(wamids)])
        return {
            wamid: Match(message_id=pk, contact_id=contact_id)
            for wamid, pk, contact_id in cursor.fetchall()
        }


def _by_attempts(wamids: set[str]) -> dict[str, Match]:
    with connection.cursor() as cursor:
        cursor.execute(_FIND_ATTEMPTS, [list(wamids)])
        rows = cursor.fetchall()
    return {
        wamid: Match(
            message_id=message_id,
            contact_id=contact_id,
            attempt=attempt,
            given_up=outcome == MessageStatus.FAILED.value,
        )
        for wamid, message_id, contact_id, attempt, outcome in rows
    }


def _read_callback(data: str) -> tuple[str, int] | None:
    """Read ``<message uuid>:<attempt>``; None when somebody else wrote it."""
    found = _CALLBACK_DATA.fullmatch(data)
    return (found[1], int(found[2])) if found else None
