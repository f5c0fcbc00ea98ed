"""Which message another one is about: an answer, a reaction, an edit, a deletion.

It may come first, or before our own send has told us the wamid: then its row waits for that wamid,
and whoever learns of the wamid links it. An answer belongs to what its target belongs to: an order,
a quote, an order to a supplier.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import connection
from django.db.models import Q

from whatsapp.models import Message, MessageAttempt

_ABOUT = ("order", "quote", "supplier_order")
_COLUMNS = tuple(f"{name}_id" for name in _ABOUT)
# Arrays, and the index's own condition: for a batch's thousand wamids one look at a small index
_WAITING = """
SELECT id, waits_for FROM whatsapp_messages
WHERE waits_for IS NOT NULL AND waits_for = ANY(%s::text[])
"""
_LINK = """
UPDATE whatsapp_messages AS message SET reply_to_id = news.target, waits_for = NULL
FROM unnest(%s::bigint[], %s::bigint[]) AS news(id, target)
WHERE message.id = news.id
"""


def aim(*, about: Sequence[tuple[Message, str]]) -> None:
    """Tie messages, not saved yet, to those with the wamids they are about; '' is about nothing.

    What is about a message that we do not have, or that is written with it, waits.
    """
    stored = _stored({wamid for _, wamid in about if wamid})
    for message, wamid in about:
        target = stored.get(wamid)
        if target is None:
            message.waits_for = wamid or None
            continue
        message.reply_to = target
        for name in _COLUMNS:
            setattr(message, name, getattr(target, name))


def _stored(wamids: Collection[str]) -> dict[str, Message]:
    """The messages with these wamids, or whose earlier attempt has one; some we do not have."""
    if not wamids:
        return {}
    rows = Message.objects.filter(external_message_id__in=wamids)
    found = {
        row.external_message_id or "": row for row in rows.only("external_message_id", *_COLUMNS)
    }
    attempts = MessageAttempt.objects.filter(wamid__in=set(wamids) - found.keys())
    earlier = attempts.select_related("message").order_by("pk")
    return {attempt.wamid or "": attempt.message for attempt in earlier} | found


def link(*, targets: Mapping[str, int]) -> None:
    """Give what waits for these wamids its target, by id; mostly nothing does: one query says so.

    Call it in the transaction that wrote the targets or their wamids.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [list(targets)])
        found = [(pk, targets[wamid]) for pk, wamid in cursor.fetchall()]
    waiting = {pk: target for pk, target in found if pk != target}  # about itself: about nothing
    if not waiting:
        return
    locked = Message.objects.filter(pk__in=waiting, waits_for__isnull=False).order_by("pk")
    ids = list(locked.select_for_update(no_key=True).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_LINK, [ids, [waiting[pk] for pk in ids]])
    _inherit(ids)


def _inherit(message_ids: Iterable[int]) -> None:
    """Give messages, and what is about them in turn, what their targets belong to."""
    ids = set(message_ids)
    while ids:
        lacks = Q()
        for name in _ABOUT:
            lacks |= Q(**{name: None, f"reply_to__{name}__isnull": False})
        heirs = Message.objects.filter(lacks, pk__in=ids).select_related("reply_to").order_by("pk")
        rows = list(heirs.select_for_update(no_key=True, of=("self",)))
        for row in rows:
            for name in _COLUMNS:
                setattr(row, name, getattr(row, name) or getattr(row.reply_to, name))
        Message.objects.bulk_update(rows, _ABOUT)
        about = Message.objects.filter(reply_to__in=[row.pk for row in rows])
        ids = set(about.values_list("pk", flat=True)) if rows else set()
