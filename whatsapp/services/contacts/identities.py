"""Who carries an identifier: now, or carried it when Meta spoke of it; and since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max, Value
from django.db.models.functions import Greatest

from whatsapp.domain import phone as phones
from whatsapp.domain.lifecycle import Direction
from whatsapp.domain.updates import Person
from whatsapp.models import Contact, ContactAlias, Conversation, Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """What Meta showed together; ``source`` is the event's key, ``at`` Meta's time."""

    person: Person
    at: datetime
    source: str = ""

    @property
    def wa_id(self) -> str:
        return self.person.wa_id

    @property
    def bsuid(self) -> str:
        return self.person.bsuid

    @property
    def phone(self) -> str | None:
        return phones.from_wa_id(self.wa_id) if self.wa_id else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Whom a sighting may mean: by BSUID, by the number as of now, by the number as it was then."""

    by_bsuid: Contact | None = None
    holder: Contact | None = None
    former: Contact | None = None

    def ids(self) -> set[int]:
        return {one.pk for one in (self.by_bsuid, self.holder, self.former) if one is not None}


def find(sighting: Sighting) -> Found:
    """Look up, by any spelling of the number; nothing is locked."""
    return Found(
        by_bsuid=by_bsuid(bsuid=sighting.bsuid),
        holder=holder_of(wa_id=sighting.wa_id),
        former=_owner_then(wa_id=sighting.wa_id, at=sighting.at),
    )


def lock(contact_ids: Iterable[int]) -> dict[int, Contact]:
    """Lock contacts in the order of their ids; a message of ours may refer to one meanwhile."""
    rows = Contact.objects.filter(pk__in=set(contact_ids)).order_by("pk")
    return {contact.pk: contact for contact in rows.select_for_update(no_key=True)}


def lock_threads(contacts: Iterable[Contact]) -> list[Conversation]:
    """Lock all conversations of locked contacts, by id, before their identifiers are written.

    Writing a unique column takes the strongest lock of a row. Whoever writes to the contact has a
    conversation of theirs, and refers to the contact only at commit: it must not wait for us then.
    """
    rows = Conversation.objects.filter(contact__in=[contact.pk for contact in contacts])
    return list(rows.order_by("pk").select_for_update(no_key=True))


def by_bsuid(*, bsuid: str) -> Contact | None:
    """Find who has the BSUID, or had it before."""
    if not bsuid:
        return None
    known = Contact.objects.filter(bsuid=bsuid).first()
    if known is None:
        alias = ContactAlias.objects.filter(bsuid=bsuid).select_related("contact").first()
        known = alias.contact if alias else None
    return root(known)


def holder_of(*, wa_id: str) -> Contact | None:
    """Find who has the number now: as Meta spells it, else as the shop does, else by its twin."""
    return next(iter(holders_of(wa_id=wa_id)), None)


def holders_of(*, wa_id: str) -> list[Contact]:
    """Find who has the number now in any spelling, the nearest first; it is one but for twins."""
    if not wa_id:
        return []
    rows = Contact.objects.filter(wa_id=wa_id)  # of whatever shape
    if phone := phones.from_wa_id(wa_id):
        rows = Contact.objects.with_number(phone)
    found = rows.filter(merged_into=None)
    return sorted(found, key=lambda one: (one.wa_id != wa_id, one.phone != phone, one.pk))


def survivor_id(*, contact_id: int) -> int:
    """Follow merges to the contact that a contact is part of by now."""
    contact = root(Contact.objects.filter(pk=contact_id).first())
    return contact_id if contact is None else contact.pk


def root(contact: Contact | None) -> Contact | None:
    """Follow merges to their end."""
    while contact is not None and contact.merged_into_id is not None:
        contact = Contact.objects.filter(pk=contact.merged_into_id).first()
    return contact


def part_ids(contact: Contact) -> list[int]:
    """List a contact and all that became part of it."""
    found = parts = [contact.pk]
    while parts:
        parts = list(Contact.objects.filter(merged_into__in=parts).values_list("pk", flat=True))
        found = found + parts
    return found


def has_number(contact: Contact, *, wa_id: str) -> bool:
    """Tell whether it is the contact's number, in whatever spelling."""
    return wa_id == contact.wa_id or any(
        phones.same_number(wa_id, own) for own in (contact.phone, contact.wa_id) if own
    )


def number_shown_at(contact: Contact) -> datetime | None:
    """When Meta last showed this number with this person; None: never, the shop says so.

    A plain message leaves no note on the contact: it is asked itself. Of who has a BSUID only what
    shows that too is proof.
    """
    if not contact.wa_id:
        return contact.phone_shown_at
    shown = Message.objects.filter(
        contact=contact, direction=Direction.RECEIVED.value, content__from=contact.wa_id
    )
    if contact.bsuid is not None:
        shown = shown.filter(content__has_key="from_user_id")
    newest: datetime | None = shown.aggregate(newest=Max("happened_at"))["newest"]
    return max(filter(None, (newest, contact.phone_shown_at)), default=None)


def remember(contact: Contact, *, until: datetime, bsuid: str = "", wa_id: str = "") -> None:
    """Note what the contact was known by before; the latest word on until when."""
    key = {"bsuid": bsuid} if bsuid else {"wa_id": wa_id, "contact": contact}
    rows = ContactAlias.objects.filter(**key)
    if not rows.update(until=Greatest(F("until"), Value(until))):
        ContactAlias.objects.create(
            contact=contact, bsuid=bsuid or None, wa_id=wa_id or None, until=until
        )


def spellings(*, wa_id: str) -> tuple[str, ...]:
    """List a number's spellings as Meta may write them; a name of another shape has one."""
    phone = phones.from_wa_id(wa_id)
    return tuple(map(phones.digits, phones.variants(phone))) if phone else (wa_id,)


def _owner_then(*, wa_id: str, at: datetime) -> Contact | None:
    """Find who had the number at that time, and has it no more."""
    if not wa_id:
        return None
    past = ContactAlias.objects.filter(wa_id__in=spellings(wa_id=wa_id), until__gte=at)
    alias = past.select_related("contact").order_by("until", "id").first()
    return root(alias.contact) if alias else None
