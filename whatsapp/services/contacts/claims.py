"""Whose number it is, of those who were ever shown with it: derived from what was shown alone.

The evidence is when Meta showed a number with a person last: of the number somebody has, on the
contact and on their messages; of others, an alias each. The newest word says so on both sides: a
number is theirs who were shown with it last, unless they were shown with another one later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

from whatsapp.domain import phone as phones
from whatsapp.models import Contact, ContactAlias
from whatsapp.services.contacts import identities

NEVER = datetime.min.replace(tzinfo=UTC)  # the shop says so


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Until when somebody was shown with a number, and whether another number is newer."""

    contact: Contact
    at: datetime
    has_left: bool


def owner(claims: Collection[Claim]) -> Contact | None:
    """Say whose the number is; of two in one second, whoever has not left it."""
    last = max((claim.at for claim in claims), default=NEVER)
    stayed = [claim.contact for claim in claims if claim.at == last and not claim.has_left]
    return max(stayed, key=lambda contact: contact.bsuid or "", default=None)


def newest(contact: Contact) -> tuple[datetime, str] | None:
    """Say with which number a person was shown last, and when; None: with none."""
    shown = _shown(contact)
    return max(((at, wa_id) for wa_id, at in shown.items()), default=None)


def has_newer(contact: Contact, *, wa_id: str, at: datetime) -> bool:
    """Tell whether a number of theirs, another one, was shown later."""
    last = newest(contact)
    return last is not None and last > (at, wa_id) and not phones.same_number(last[1], wa_id)


def last_shown(contact: Contact, *, wa_id: str) -> datetime:
    """Say when a person was shown with a number last."""
    times = [at for one, at in _shown(contact).items() if phones.same_number(one, wa_id)]
    return max(times, default=NEVER)


def claimant_ids(*, wa_ids: Iterable[str | None]) -> set[int]:
    """Find those whose number any of these is or was: whom a word on them may concern."""
    spelt = [one for wa_id in wa_ids if wa_id for one in identities.spellings(wa_id=wa_id)]
    aliases = ContactAlias.objects.filter(wa_id__in=spelt).select_related("contact")
    owners = [identities.root(alias.contact) for alias in aliases] if spelt else []
    return {one.pk for one in owners if one is not None}


def review(contact: Contact, *, wa_ids: Iterable[str | None]) -> None:
    """Give these numbers to whom they belong, after what is known of the contact has changed."""
    touched = {wa_id for wa_id in (*wa_ids, contact.wa_id) if wa_id}
    if not _is_disputed(contact, touched):
        return
    last = newest(contact)
    has_left = last and contact.wa_id and not phones.same_number(contact.wa_id, last[1])
    if has_left and contact.bsuid is not None:
        _give_up(contact)
    for wa_id in sorted(touched, key=lambda one: (one == contact.wa_id, one)):  # the left one last
        _assign(wa_id, contact)
    contact.refresh_from_db(fields=["phone", "wa_id", "phone_shown_at"])


def _is_disputed(contact: Contact, wa_ids: Iterable[str]) -> bool:
    """Whether anybody has lost such a number, or the contact another: mostly not."""
    spelt = [one for wa_id in wa_ids for one in identities.spellings(wa_id=wa_id)]
    theirs = Q(contact__in=identities.part_ids(contact), wa_id__isnull=False)
    return ContactAlias.objects.filter(Q(wa_id__in=spelt) | theirs).exists()


def _assign(wa_id: str, contact: Contact) -> None:
    """Move a number to its owner. Who is known by nothing else keeps theirs."""
    holders = identities.holders_of(wa_id=wa_id)
    ids = {one.pk for one in holders} | claimant_ids(wa_ids=[wa_id])
    rows = identities.lock(ids)
    persons = [one for one in rows.values() if one.bsuid is not None or one.pk == contact.pk]
    rightful = owner([_claim(one, wa_id) for one in persons])
    if rightful in holders or any(one.bsuid is None for one in holders):
        return
    for one in holders:
        _give_up(rows[one.pk])
    if rightful is not None:
        _give(rightful, wa_id)


def _claim(contact: Contact, wa_id: str) -> Claim:
    at = last_shown(contact, wa_id=wa_id)
    return Claim(contact=contact, at=at, has_left=has_newer(contact, wa_id=wa_id, at=at))


def _shown(contact: Contact) -> Mapping[str, datetime]:
    """When each number was shown last with a person, or with one who became part of them."""
    aliases = ContactAlias.objects.filter(contact__in=identities.part_ids(contact))
    past = aliases.order_by("until").values_list("wa_id", "until")
    shown = {wa_id: until for wa_id, until in past if wa_id is not None}
    if number := contact.wa_id or phones.digits(contact.phone or ""):
        at = identities.number_shown_at(contact) or NEVER
        shown[number] = max(at, shown.get(number, at))
    return shown


def _give_up(contact: Contact) -> None:
    """Note that the number is somebody else's, or nobody's; what was written stays theirs."""
    _remember(contact)
    contact.phone = contact.wa_id = contact.phone_shown_at = None
    _save(contact)


def _give(contact: Contact, wa_id: str) -> None:
    """Let a contact have a number that is nobody's, as Meta spelt it last."""
    _remember(contact)
    known = ContactAlias.objects.filter(
        contact__in=identities.part_ids(contact), wa_id__in=identities.spellings(wa_id=wa_id)
    ).order_by("until", "id")
    last = known.last()
    assert last is not None  # else they had no claim
    contact.wa_id, contact.phone_shown_at = last.wa_id, last.until
    contact.phone = phones.from_wa_id(last.wa_id or "")
    known.delete()
    _save(contact)


def _remember(contact: Contact) -> None:
    shown = identities.number_shown_at(contact)
    if contact.wa_id and shown is not None:
        identities.remember(contact, wa_id=contact.wa_id, until=shown)


def _save(contact: Contact) -> None:
    identities.lock_threads([contact])
    contact.save(update_fields=["phone", "wa_id", "phone_shown_at"])
