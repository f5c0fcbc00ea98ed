"""What statuses tell about the people: whether they are on WhatsApp, and want marketing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.updates import StatusUpdate
from whatsapp.models import Contact
from whatsapp.services.contacts import identities, preferences
from whatsapp.services.receiving import receipt_people
from whatsapp.services.receiving.receipt_matching import Match

UNDELIVERABLE = 131026  # not on WhatsApp, or an app too old, or terms not accepted
OPTED_OUT = 131050  # stopped marketing inside WhatsApp

_LOCK_NEWS = """
SELECT id, merged_into_id FROM whatsapp_contacts
WHERE (id = ANY(%s::bigint[]) AND has_whatsapp IS NOT TRUE)
   OR (id = ANY(%s::bigint[]) AND has_whatsapp IS NULL)
   OR id = ANY(%s::bigint[])
ORDER BY id FOR NO KEY UPDATE
"""


def learn(*, updates: Sequence[StatusUpdate], matches: Sequence[Match | None]) -> None:
    """Note what the statuses prove about the contacts of their messages.

    One delivery proves WhatsApp for good; 131026 has several causes and only fills in a blank, so
    that the order of arrival makes no difference. Number and BSUID shown together are one person's.
    """
    ours = [update for update, found in zip(updates, matches, strict=True) if found]
    receipt_people.learn(updates=ours)
    reached: set[int] = set()
    unreachable: set[int] = set()
    refused: list[tuple[int, datetime]] = []
    for update, found in zip(updates, matches, strict=True):
        contact_id = found.contact_id if found else None
        if contact_id is None:
            continue
        if update.status in (MessageStatus.DELIVERED, MessageStatus.READ):
            reached.add(contact_id)
        elif update.error_code == UNDELIVERABLE:
            unreachable.add(contact_id)
        elif update.error_code == OPTED_OUT:
            refused.append((contact_id, update.happened_at))
    write(reached=reached, unreachable=unreachable - reached, refused=_newest(refused))


def _newest(words: Iterable[tuple[int, datetime]]) -> dict[int, datetime]:
    newest: dict[int, datetime] = {}
    for contact_id, at in words:
        newest[contact_id] = max(newest.get(contact_id, at), at)
    return newest


def write(*, reached: set[int], unreachable: set[int], refused: dict[int, datetime]) -> None:
    """Write what is news, of contacts by id; nearly always that is nothing, and none is locked.

    ``refused`` with the time at which somebody stopped marketing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_NEWS, [list(reached), list(unreachable), list(refused)])
        found = dict(cursor.fetchall())
    if not found:
        return
    merged = {
        pk: identities.survivor_id(contact_id=pk) for pk, into in found.items() if into is not None
    }
    if merged:  # since the message was found: what it proves is true of whom they are part of
        write(
            reached={merged.get(pk, pk) for pk in reached},
            unreachable={merged.get(pk, pk) for pk in unreachable},
            refused=_newest((merged.get(pk, pk), at) for pk, at in refused.items()),
        )
        return
    changing = set(found)
    Contact.objects.filter(pk__in=reached & changing).update(has_whatsapp=True)
    blank = Contact.objects.filter(pk__in=unreachable & changing, has_whatsapp=None)
    blank.update(has_whatsapp=False)
    for contact_id in sorted(refused.keys() & changing):
        preferences.note_marketing(
            contact_id=contact_id,
            wanted=False,
            at=refused[contact_id],
            source=f"Meta {OPTED_OUT}",
        )
