"""What statuses of our messages show of their recipients: set-wise, since there are thousands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from whatsapp.domain.updates import Person, StatusUpdate
from whatsapp.models import Contact, ContactAlias
from whatsapp.services.contacts import identities, people

Pair = tuple[str, str]  # wa_id and BSUID

_NEWS = """
    SELECT n.wa_id, n.bsuid FROM unnest(%s::text[], %s::text[]) AS n(wa_id, bsuid)
    WHERE NOT EXISTS (
        SELECT 1 FROM whatsapp_contacts c WHERE c.bsuid = n.bsuid AND c.wa_id = n.wa_id)
    ORDER BY n.wa_id, n.bsuid
"""
_COMPLETE = """
    UPDATE whatsapp_contacts c SET bsuid = n.bsuid, phone_shown_at = n.at
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS n(id, bsuid, at) WHERE c.id = n.id
"""


def learn(*, updates: Iterable[StatusUpdate]) -> None:
    """Note who has which number and BSUID; mostly all is known, and one query says so.

    A BSUID that nobody has goes set-wise to whom the number is known of; the harder ones are
    judged by ``people.contact_for``. Call it inside a transaction.
    """
    shown: dict[Pair, StatusUpdate] = {}
    for update in updates:
        pair = update.recipient_wa_id, update.recipient_bsuid
        if all(pair) and (pair not in shown or shown[pair].happened_at < update.happened_at):
            shown[pair] = update
    news = _news(shown)
    completed = _complete({pair: shown[pair].happened_at for pair in _plain(news)})
    for wa_id, bsuid in news:
        if (wa_id, bsuid) in completed:
            continue
        update = shown[wa_id, bsuid]
        people.contact_for(
            person=Person(wa_id=wa_id, bsuid=bsuid),
            at=update.happened_at,
            source=f"status:{update.wamid}:{update.raw_status}",
        )


def _news(pairs: Iterable[Pair]) -> list[Pair]:
    wa_ids, bsuids = [wa_id for wa_id, _ in pairs], [bsuid for _, bsuid in pairs]
    if not wa_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, [wa_ids, bsuids])
        return [(wa_id, bsuid) for wa_id, bsuid in cursor.fetchall()]


def _plain(news: Iterable[Pair]) -> list[Pair]:
    """Leave out what is shown twice in different company, or is or was somebody's already."""
    numbers = Counter(wa_id for wa_id, _ in news)
    bsuids = Counter(bsuid for _, bsuid in news)
    if not numbers:
        return []
    taken = set(Contact.objects.filter(bsuid__in=bsuids).values_list("bsuid", flat=True))
    past = ContactAlias.objects.filter(Q(bsuid__in=bsuids) | Q(wa_id__in=numbers))
    taken.update(name for pair in past.values_list("wa_id", "bsuid") for name in pair)
    return [
        (wa_id, bsuid)
        for wa_id, bsuid in news
        if numbers[wa_id] == bsuids[bsuid] == 1 and taken.isdisjoint((wa_id, bsuid))
    ]


def _complete(plain: Mapping[Pair, datetime]) -> set[Pair]:
    """Write the BSUIDs of those whose number is known; return which were written."""
    by_number = {wa_id: (bsuid, at) for (wa_id, bsuid), at in plain.items()}
    known = Contact.objects.filter(wa_id__in=by_number, bsuid=None, merged_into=None)
    locked = identities.lock(known.values_list("pk", flat=True)).values()
    contacts = [one for one in locked if one.bsuid is None and one.wa_id in by_number]
    if not contacts:
        return set()
    identities.lock_threads(contacts)
    given = {one.pk: by_number[one.wa_id or ""] for one in contacts}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                _COMPLETE,
                [list(given), *([each[n] for each in given.values()] for n in range(2))],
            )
    except IntegrityError:  # somebody else learns the same: now they are judged
        return set()
    return {(one.wa_id or "", given[one.pk][0]) for one in contacts}
