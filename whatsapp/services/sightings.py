"""What one word of Meta about a person changes: whose number, whose BSUID, one contact or two.

All of it is decided by Meta's times, so that the order in which words arrive makes no difference
to who carries which identifier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction

from whatsapp.domain import phone as phones
from whatsapp.domain.updates import Person
from whatsapp.errors import MessageNotDeliverableError
from whatsapp.models import Contact, ContactAlias
from whatsapp.services import identities, merges
from whatsapp.services.identities import Found, Sighting

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
    found = _locked(identities.find(sighting))
    if found is None:
        return None
    contact = _meant(sighting, found) or _new(sighting, found)
    was_theirs_then = contact is found.former and contact is not found.holder
    if sighting.wa_id and (sighting.bsuid or not was_theirs_then):
        _note_number(contact, sighting, found)
    _note_names(contact, sighting.person)
    return contact


def _locked(found: Found) -> Found | None:
    rows = identities.lock(found.ids())
    seen = [one for one in (found.by_bsuid, found.holder, found.former) if one is not None]
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
    return merges.merge(found.by_bsuid, owner, sighting=sighting, bsuid=found.by_bsuid.bsuid)


def _may_unite(contact: Contact, owner: Contact, sighting: Sighting) -> bool:
    """Not after staff took the two apart, nor if the person had moved on to another number."""
    return not (
        merges.was_undone(contact, owner)
        or _has_newer_number(contact, sighting)
        or _has_newer_number(owner, sighting)
    )


def _new(sighting: Sighting, found: Found) -> Contact:
    is_free = found.holder is None and found.former is None
    return Contact.objects.create(
        phone=sighting.phone if is_free else None,
        wa_id=(sighting.wa_id or None) if is_free else None,
        phone_shown_at=sighting.at if is_free and sighting.wa_id else None,
        bsuid=sighting.bsuid or None,
    )


def _note_number(contact: Contact, sighting: Sighting, found: Found) -> None:
    """Let the contact have the number it is shown with, unless a newer word says otherwise."""
    if identities.has_number(contact, wa_id=sighting.wa_id):
        _note_spelling(contact, sighting)
        return
    holder, former = (_other(one, contact) for one in (found.holder, found.former))
    is_over = (
        former is not None
        or identities.had_by_another(contact, sighting=sighting)
        or _keeps(holder, contact, sighting)
    )
    was_left = _has_newer_number(contact, sighting)
    identities.lock_threads(one for one in (contact, holder) if one is not None)
    if holder is not None and not is_over:
        _give_up_number(holder)
    if not was_left and contact.bsuid is not None:
        _give_up_number(contact)  # the newest word on them, even if this number was lost since
    if was_left or is_over:
        identities.remember(contact, wa_id=sighting.wa_id, until=sighting.at)
        return
    if contact.bsuid is None:
        _remember_number(contact)
    contact.phone, contact.wa_id = sighting.phone, sighting.wa_id
    contact.phone_shown_at = sighting.at
    contact.save(update_fields=["phone", "wa_id", "phone_shown_at"])


def _other(one: Contact | None, contact: Contact) -> Contact | None:
    """Somebody else: neither this contact nor one that has just become part of it."""
    return one if one and one.pk != contact.pk and one.merged_into_id is None else None


def _has_newer_number(contact: Contact, sighting: Sighting) -> bool:
    """Whether a number of theirs, another one, was shown later."""
    this = sighting.at, sighting.wa_id
    for alias in contact.aliases.filter(wa_id__isnull=False, until__gte=sighting.at):
        if (alias.until, alias.wa_id) > this and not _is_one(alias.wa_id, sighting.wa_id):
            return True
    if not contact.wa_id or identities.has_number(contact, wa_id=sighting.wa_id):
        return False
    shown = identities.number_shown_at(contact)
    return shown is not None and (shown, contact.wa_id) > this


def _is_one(one: str | None, other: str) -> bool:
    return one == other or phones.same_number(one or "", other)


def _keeps(holder: Contact | None, contact: Contact, sighting: Sighting) -> bool:
    """Whether who has the number keeps it: shown with it later, or known by nothing else."""
    if holder is None:
        return False
    if holder.bsuid is None:
        return True
    shown = identities.number_shown_at(holder)
    return shown is not None and (shown, holder.bsuid) > (sighting.at, contact.bsuid or "")


def _give_up_number(contact: Contact) -> None:
    """Note that the number is somebody else's, or nobody's; what was written stays theirs."""
    _remember_number(contact)
    contact.phone = contact.wa_id = contact.phone_shown_at = None
    contact.save(update_fields=["phone", "wa_id", "phone_shown_at"])


def _remember_number(contact: Contact) -> None:
    shown = identities.number_shown_at(contact)
    if contact.wa_id and shown is not None:
        identities.remember(contact, wa_id=contact.wa_id, until=shown)


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
        contact = _settle(later)
    if contact is not None and later.wa_id:
        contact = _take_number(contact, later)
    if contact is not None:
        _remember_former(contact, earlier, has_moved=bool(later.wa_id))
    return contact


def _take_bsuid(contact: Contact, later: Sighting) -> Contact:
    """Give the new BSUID; who is known by it already is the same person, since Meta says so."""
    if not later.bsuid or contact.bsuid == later.bsuid:
        return contact
    other = identities.by_bsuid(bsuid=later.bsuid)
    if other is not None and other.pk != contact.pk:
        if merges.was_undone(contact, other):
            return contact
        return merges.merge(contact, other, sighting=later, bsuid=other.bsuid)
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
        return _settle(replace(later, person=replace(later.person, bsuid=contact.bsuid)))
    found = identities.find(replace(later, person=replace(later.person, bsuid="")))
    holder = _other(found.holder, contact)
    if holder is not None and not merges.was_undone(contact, holder):
        shown = identities.number_shown_at(holder)
        if holder.bsuid is None or (shown is not None and shown >= later.at):
            contact = merges.merge(contact, holder, sighting=later, bsuid=holder.bsuid)
            found = Found()
    _note_number(contact, later, found)
    return contact


def _remember_former(contact: Contact, earlier: Sighting, *, has_moved: bool) -> None:
    until: datetime = earlier.at
    if earlier.bsuid and earlier.bsuid != contact.bsuid:
        identities.remember(contact, bsuid=earlier.bsuid, until=until)
    if has_moved and earlier.wa_id and not identities.has_number(contact, wa_id=earlier.wa_id):
        identities.remember(contact, wa_id=earlier.wa_id, until=until)
