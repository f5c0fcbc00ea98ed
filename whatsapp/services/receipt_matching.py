"""Which message of ours a status speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from whatsapp.domain.updates import StatusUpdate
from whatsapp.models import Message, MessageAttempt

_CALLBACK_DATA = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([0-9]{1,4})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A message of ours; ``attempt`` is None when only the wamid told.

    ``has_rival`` says that another row has the status's wamid; then this one cannot adopt it.
    """

    message_id: int
    contact_id: int | None
    attempt: int | None = None
    has_rival: bool = False


def match(updates: Sequence[StatusUpdate]) -> list[Match | None]:
    """Find each status's message: by our uuid, which it may carry before we know its wamid.

    Else by wamid, the row's or that of an earlier attempt. Nothing is locked. In two queries.
    """
    calls = [_read_callback(update.callback_data) for update in updates]
    wamids = [update.wamid for update in updates]
    rows = Message.objects.sent().filter(
        Q(uuid__in={call[0] for call in calls if call}) | Q(external_message_id__in=set(wamids))
    )
    by_uuid: dict[UUID, Match] = {}
    by_wamid: dict[str, Match] = {}
    for pk, uuid, wamid, contact_id in rows.values_list(
        "pk", "uuid", "external_message_id", "contact_id"
    ):
        by_uuid[uuid] = Match(message_id=pk, contact_id=contact_id)
        if wamid is not None:
            by_wamid[wamid] = by_uuid[uuid]
    by_wamid = _by_attempts(set(wamids) - set(by_wamid)) | by_wamid
    return [
        _choose(by_uuid.get(call[0]) if call else None, by_wamid.get(wamid), call=call)
        for call, wamid in zip(calls, wamids, strict=True)
    ]


def _choose(
    called: Match | None, known: Match | None, *, call: tuple[UUID, int] | None
) -> Match | None:
    if called is None or call is None:
        return known
    return Match(
        message_id=called.message_id,
        contact_id=called.contact_id,
        attempt=call[1],
        has_rival=known is not None and known.message_id != called.message_id,
    )


def _by_attempts(wamids: Iterable[str]) -> dict[str, Match]:
    rows = MessageAttempt.objects.filter(wamid__in=wamids).values_list(
        "wamid", "message_id", "message__contact_id", "attempt"
    )
    return {
        wamid: Match(message_id=message_id, contact_id=contact_id, attempt=attempt)
        for wamid, message_id, contact_id, attempt in rows
        if wamid is not None
    }


def _read_callback(data: str) -> tuple[UUID, int] | None:
    """Read ``<message uuid>:<attempt>``; None when somebody else wrote it."""
    found = _CALLBACK_DATA.fullmatch(data)
    return (UUID(found[1]), int(found[2])) if found else None
