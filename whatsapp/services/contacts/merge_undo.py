"""Two contacts that were made one become two again, as staff know better than Meta's word.

Messages, notes and conversations go back to where they were; what came after the merge stays with
the contact that stayed, as does the newest word on consent, but a refusal since binds both. Meta's
word does not make the two one again.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from whatsapp.domain import phone as phones
from whatsapp.errors import MergeStandsError, NotFoundError
from whatsapp.models import Contact, ContactAlias, ContactMerge
from whatsapp.models.change import ChangeKind
from whatsapp.services.contacts import identities, merge_split
from whatsapp.services.contacts.merge_records import columns, from_json, write
from whatsapp.services.contacts.merges import CONSENT, IDENTIFIERS, NUMBER, TRAITS, united_traits
from whatsapp.services.shared import change_log

logger = logging.getLogger(__name__)


@transaction.atomic
def undo(*, merge_id: int, by_id: int | None = None) -> ContactMerge:
    """Take two contacts apart again; undoing what is undone changes nothing.

    NotFoundError; MergeStandsError where it cannot be done any more, for the reason that
    ``details["reason"]`` names: ``merged_since`` (undo the later merge first) or ``moved_on`` (what
    one of them was known by is somebody else's since).
    """
    given = ContactMerge.objects.filter(pk=merge_id).first()
    if given is None:
        raise NotFoundError("There is no such merge.", details={"id": merge_id})
    contacts = identities.lock((given.survivor_id, given.absorbed_id))
    merge = ContactMerge.objects.select_for_update().get(pk=merge_id)
    if merge.undone_at is not None:
        return merge
    survivor, absorbed = contacts[merge.survivor_id], contacts[merge.absorbed_id]
    _require_last(merge, survivor)
    before = {name: from_json(Contact, merge.record[name]) for name in ("survivor", "absorbed")}
    rows = identities.lock_threads((survivor, absorbed))
    _part_identifiers(survivor, absorbed, before=before)
    _part_traits(survivor, absorbed, before=before)
    merge_split.split(
        rows, survivor_id=survivor.pk, absorbed_id=absorbed.pk, record=merge.record["threads"]
    )
    change_log.note(kind=ChangeKind.CONVERSATION_CHANGED, ids=[row.pk for row in rows])
    write(merge, {"undone_at": timezone.now(), "undone_by_id": by_id})
    logger.info("merge undone", extra={"merge_id": merge.pk, "user_id": by_id})
    return merge


def _require_last(merge: ContactMerge, survivor: Contact) -> None:
    involved = Q(survivor=merge.survivor_id) | Q(absorbed=merge.survivor_id)
    later = ContactMerge.objects.filter(involved, pk__gt=merge.pk, undone_at=None)
    if survivor.merged_into_id is not None or later.exists():
        raise MergeStandsError(
            "The contact was merged again since; undo the later merge first.",
            details={"reason": "merged_since", "merges": list(later.values_list("pk", flat=True))},
        )


def _part_identifiers(
    survivor: Contact, absorbed: Contact, *, before: dict[str, dict[str, Any]]
) -> None:
    """Give each what they were known by, if it is still theirs together."""
    now = columns(survivor, IDENTIFIERS)
    theirs, own = before["absorbed"], before["survivor"]
    if theirs["bsuid"] and not _is_ours(survivor, bsuid=theirs["bsuid"]):
        _refuse()
    number = theirs["wa_id"] or phones.digits(theirs["phone"] or "")
    if number and not _is_ours(survivor, wa_id=number):
        _refuse()
    stays = {
        "bsuid": now["bsuid"] if now["bsuid"] != theirs["bsuid"] else own["bsuid"],
        **_number_that_stays(survivor, number=number, own=own),
    }
    if not (stays["bsuid"] or stays["phone"] or stays["wa_id"]):
        _refuse()
    write(survivor, stays)
    absorbed.merged_into = None
    write(absorbed, {**{name: theirs[name] for name in IDENTIFIERS}, "merged_into_id": None})
    known = Q(bsuid__in=[one for one in (stays["bsuid"], theirs["bsuid"]) if one])
    known |= Q(contact=survivor, wa_id__in=[one for one in (stays["wa_id"], number) if one])
    ContactAlias.objects.filter(known).delete()


def _number_that_stays(survivor: Contact, *, number: str, own: dict[str, Any]) -> dict[str, Any]:
    if not number or not identities.has_number(survivor, wa_id=number):
        return columns(survivor, NUMBER)
    return {name: own[name] for name in NUMBER}


def _is_ours(survivor: Contact, *, bsuid: str = "", wa_id: str = "") -> bool:
    """Whether what one of them brought is still the survivor's, or at least nobody else's."""
    holder = identities.by_bsuid(bsuid=bsuid) if bsuid else identities.holder_of(wa_id=wa_id)
    return holder is None or holder.pk == survivor.pk


def _refuse() -> None:
    raise MergeStandsError(
        "What one of them was known by is somebody else's since; they cannot be taken apart.",
        details={"reason": "moved_on"},
    )


def _part_traits(
    survivor: Contact, absorbed: Contact, *, before: dict[str, dict[str, Any]]
) -> None:
    """Give back what the survivor had of their own, where nobody has changed it since."""
    merged = united_traits(before["survivor"], before["absorbed"])
    has_new_word = any(getattr(survivor, name) != merged[name] for name in CONSENT)
    if has_new_word and survivor.marketing_consent is False:
        write(absorbed, columns(survivor, CONSENT))
    back = {
        name: before["survivor"][name]
        for name in TRAITS
        if getattr(survivor, name) == merged[name] and not (has_new_word and name in CONSENT)
    }
    write(survivor, back)
