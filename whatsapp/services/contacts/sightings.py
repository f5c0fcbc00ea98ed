"""What one word of Meta about a person changes: whose number, whose BSUID, one contact or two.

All of it is decided by Meta's times, so that the order in which words arrive makes no difference
to who carries which identifier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction

from whatsapp.domain.updates import Person
from whatsapp.errors import MessageNotDeliverableError
from whatsapp.models import Contact, ContactAlias
from whatsapp.services.contacts import claims, identities, merges
from whatsapp.services.contacts.identities import Found, Sighting

TRIES = 5  # another transaction may make or change the same people at the same time


def settle(sighting: Sighting) -> Contact:
    """Say whom a sighting means, and write what it tells."""
    return _persistently(lambda: _settle(sighting))


def move(earlier: Sighting, later: Sighting) -> Contact:
    """Take the person of the earlier sighting to the identifiers of the later one."""
    return _persistently(lambda: _move(earlier, later))


def _persistently(work: Callable[[], Contact | None]) -> Contact:
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                contact = work()
        except IntegrityError:  # somebody else made the same person meanwhile
            continue
        if contact is not None:
            return contact
    raise MessageNotDeliverableError("The contact is being changed by someone else; try again.")


def _settle(sighting: Sighting) -> Contact | None:
    """Lock whom it may mean, in the order of ids; None if that changed before we had it."""
    found = _locked(sighting, identities.find(sighting))
    if found is None:
        return None
    contact = _meant(sighting, found) or _new(sighting)
    was_theirs_then = contact is found.former and contact is not found.holder
    if sighting.wa_id and (sighting.bsuid or not was_theirs_then):
        _note_number(contact, sighting)
    _note_names(contact, sighting.person)
    return contact


def _locked(sighting: Sighting, found: Found) -> Found | None:
    seen = [one for one in (found.by_bsuid, found.holder, found.former) if one is not None]
    numbers = [sighting.wa_id, *(one.wa_id for one in seen)]
    rows = identities.lock(found.ids() | claims.claimant_ids(wa_ids=numbers))
    if any(one.pk not in rows or _tags(rows[one.pk]) != _tags(one) for one in seen):
        return None
    return Found(
        by_bsuid=rows[found.by_bsuid.pk] if found.by_bsuid else None,
        holder=rows[found.holder.pk] if found.holder else None,
        former=rows[found.former.pk] if found.former else None,
    )


def _tags(contact: Contact) -> tuple[object, ...]:
    return contact.phone, contact.wa_id, contact.bsuid, contact.merged_into_id


def _meant(sighting: Sighting, found: Found) -> Contact | None:
    """Who it is: the BSUID says so; without one, whoever has the number, or had it at that time."""
    owner = found.former or found.holder
    if not sighting.bsuid or owner is None or owner.bsuid is not None:
        return found.by_bsuid or (None if sighting.bsuid else owner)
    if found.by_bsuid is None:
        identities.lock_threads([owner])
        owner.bsuid = sighting.bsuid
        if owner is not found.former:  # whose number of today is another, and was shown
            owner.phone_shown_at = None  # with this BSUID it never was
        owner.save(update_fields=["bsuid", "phone_shown_at"])
        return owner
    if owner.pk == found.by_bsuid.pk or not _may_unite(found.by_bsuid, owner, sighting):
        return found.by_bsuid
    return _merge(found.by_bsuid, owner, sighting=sighting, bsuid=found.by_bsuid.bsuid)


def _may_unite(contact: Contact, owner: Contact, sighting: Sighting) -> bool:
    """Not after staff took the two apart, nor if one had moved on and the other was heard since."""
    wa_id, at = sighting.wa_id, sighting.at
    had_moved_on = claims.has_newer(contact, wa_id=wa_id, at=at)
    is_another = had_moved_on and claims.last_shown(owner, wa_id=wa_id) > at
    return not (is_another or merges.was_undone(contact, owner))


def _merge(one: Contact, other: Contact, *, sighting: Sighting, bsuid: str | None) -> Contact:
    """Make two contacts one, who may have left a number that one of them had."""
    numbers = one.wa_id, other.wa_id
    contact = merges.merge(one, other, sighting=sighting, bsuid=bsuid)
    claims.review(contact, wa_ids=numbers)
    return contact


def _new(sighting: Sighting) -> Contact:
    """Make a contact; one without a BSUID has the number, or nothing would name them."""
    if sighting.bsuid:
        return Contact.objects.create(bsuid=sighting.bsuid)
    return Contact.objects.create(
        phone=sighting.phone, wa_id=sighting.wa_id, phone_shown_at=sighting.at
    )


def _note_number(contact: Contact, sighting: Sighting) -> None:
    """Note with which number the contact was shown, and let it have that if it is the newest."""
    if identities.has_number(contact, wa_id=sighting.wa_id):
        _note_spelling(contact, sighting)
    else:
        identities.remember(contact, wa_id=sighting.wa_id, until=sighting.at)
    claims.review(contact, wa_ids=[sighting.wa_id])


def _note_spelling(contact: Contact, sighting: Sighting) -> None:
    """Keep Meta's spelling beside the shop's, and the newest time at which it was shown."""
    others = Contact.objects.exclude(pk=contact.pk)
    if contact.wa_id != sighting.wa_id or contact.phone is None:
        identities.lock_threads([contact])
    if contact.wa_id != sighting.wa_id and not others.filter(wa_id=sighting.wa_id).exists():
        contact.wa_id = sighting.wa_id
    if contact.phone is None and not others.filter(phone=sighting.phone).exists():
        contact.phone = sighting.phone
    if sighting.bsuid or contact.bsuid is None:  # else it says nothing of whose number it is
        contact.phone_shown_at = max(filter(None, (contact.phone_shown_at, sighting.at)))
    contact.save(update_fields=["phone", "wa_id", "phone_shown_at"])


def _note_names(contact: Contact, person: Person) -> None:
    names = {
        "username": person.username or contact.username,
        "profile_name": person.profile_name[:255] or contact.profile_name,
    }
    changed = [name for name, value in names.items() if getattr(contact, name) != value]
    for name in changed:
        setattr(contact, name, names[name])
    if changed:
        contact.save(update_fields=changed)


def _move(earlier: Sighting, later: Sighting) -> Contact | None:
    before, after = identities.find(earlier), identities.find(later)
    identities.lock(before.ids() | after.ids())
    if before.ids():
        contact = _settle(earlier)
        contact = contact and _take_bsuid(contact, later)
    else:
        contact = _settle(_with_bsuid(later, later.bsuid or earlier.bsuid))
    if contact is not None and later.wa_id:
        contact = _take_number(contact, later)
    if contact is not None:
        _remember_former(contact, earlier, has_moved=bool(later.wa_id))
    return contact


def _with_bsuid(sighting: Sighting, bsuid: str) -> Sighting:
    return replace(sighting, person=replace(sighting.person, bsuid=bsuid))


def _take_bsuid(contact: Contact, later: Sighting) -> Contact:
    """Give the new BSUID; who is known by it already is the same person, since Meta says so."""
    if not later.bsuid or contact.bsuid == later.bsuid:
        return contact
    other = identities.by_bsuid(bsuid=later.bsuid)
    if other is not None and other.pk != contact.pk:
        if merges.was_undone(contact, other):
            return contact
        return _merge(contact, other, sighting=later, bsuid=other.bsuid)
    if other is not None:  # they had it before; have they gone back to it since?
        back = ContactAlias.objects.filter(bsuid=later.bsuid, until__lt=later.at)
        if not back.delete()[0]:
            return contact
    identities.lock_threads([contact])
    old, contact.bsuid = contact.bsuid, later.bsuid
    contact.save(update_fields=["bsuid"])
    if old:
        identities.remember(contact, bsuid=old, until=later.at)
    return contact


def _take_number(contact: Contact, later: Sighting) -> Contact | None:
    """Give the new number. Who has it already is the same person, unless their BSUIDs differ."""
    if contact.bsuid is not None:
        return _settle(_with_bsuid(later, contact.bsuid))
    found = identities.find(_with_bsuid(later, ""))
    owner = found.former or found.holder
    if owner is not None and owner.pk != contact.pk and not merges.was_undone(contact, owner):
        shown = identities.number_shown_at(owner)
        is_same = owner is found.former or (shown is not None and shown >= later.at)
        if owner.bsuid is None or is_same:
            contact = _merge(contact, owner, sighting=later, bsuid=owner.bsuid)
    _note_number(contact, later)
    return contact


def _remember_former(contact: Contact, earlier: Sighting, *, has_moved: bool) -> None:
    until: datetime = earlier.at
    if earlier.bsuid and earlier.bsuid != contact.bsuid:
        identities.remember(contact, bsuid=earlier.bsuid, until=until)
    if has_moved and earlier.wa_id and not identities.has_number(contact, wa_id=earlier.wa_id):
        identities.remember(contact, wa_id=earlier.wa_id, until=until)
