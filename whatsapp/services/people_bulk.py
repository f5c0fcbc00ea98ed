"""The people of a whole batch at once: the plain cases set-wise, every harder one by ``people``.

Plain is who is known by all that Meta shows, with nothing new in it, and who is known by nothing.
A new name, a BSUID beside a phone, a recycled number, two contacts that are one: those are rare,
and ``people.contact_for`` judges them one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q

from whatsapp.domain import phone as phones
from whatsapp.domain.updates import Person
from whatsapp.models import Contact
from whatsapp.models.contact import ContactQuerySet
from whatsapp.services import people

Found = dict[Person, Contact]


def contacts_for(*, persons: Iterable[Person]) -> Found:
    """Find or make the contacts of people who wrote, and lock them; call it in a transaction.

    ``persons`` in the order in which they wrote: the last one's name counts. A contact is one
    object, whoever shows it. Whoever writes is on WhatsApp, and may be a customer of the ERP.
    """
    distinct = list(dict.fromkeys(reversed(list(persons))))[::-1]
    known = _known(distinct)
    found = _plain(distinct, known)
    if len(found) < len(distinct) and _make_strangers(distinct, known):
        found = _plain(distinct, _known(distinct))
    if len(found) < len(distinct):
        found = _judged(distinct, plain=found)
    _note_presence(found.values())
    return found


def lock(*, persons: Iterable[Person]) -> None:
    """Lock whoever of them is known, by id, before anything is written for one of them."""
    list(_look_up(persons).values_list("pk"))


def _known(persons: Iterable[Person]) -> Mapping[str, Contact]:
    """The contacts that any of them may be, by each identifier; locked."""
    contacts = _look_up(persons)
    return {name: contact for contact in contacts for name in _names(contact)}


def _plain(persons: Iterable[Person], known: Mapping[str, Contact]) -> Found:
    """Those who are one contact by every identifier, and of whom nothing is new."""
    found: Found = {}
    for person in persons:
        contacts = {known[name].pk: known[name] for name in _shown(person) if name in known}
        if len(contacts) == 1:
            contact = next(iter(contacts.values()))
            if _is_known(contact, person):
                found[person] = contact
    return found


def _look_up(persons: Iterable[Person]) -> ContactQuerySet:
    """Whoever carries an identifier of theirs, in any spelling of the phone; locked."""
    names = {name for person in persons for name in _shown(person)}
    numbers = {name for name in names if name.startswith("+")}
    others = names - numbers
    anyone = Q(phone__in=numbers) | Q(wa_id__in=others) | Q(bsuid__in=others)
    # a message of ours may refer to the contact meanwhile
    locked = Contact.objects.filter(anyone, merged_into=None).select_for_update(no_key=True)
    return locked.order_by("pk")


def _shown(person: Person) -> list[str]:
    """What a contact of this person may be found by: phones in E.164, Meta's ids as they are."""
    phone = phones.from_wa_id(person.wa_id)
    spelt = phones.variants(phone) if phone else ()
    digits = [phones.digits(each) for each in spelt]
    return [name for name in {*spelt, *digits, person.wa_id, person.bsuid} if name]


def _names(contact: Contact) -> list[str]:
    return [name for name in (contact.phone, contact.wa_id, contact.bsuid) if name]


def _is_known(contact: Contact, person: Person) -> bool:
    """Whether the contact has all that is shown already."""
    shown = (
        (person.wa_id, contact.wa_id),
        (person.bsuid, contact.bsuid),
        (person.username, contact.username),
        (person.profile_name[:255], contact.profile_name),
    )
    has_phone = contact.phone is not None or phones.from_wa_id(person.wa_id) is None
    return has_phone and all(new in ("", old) for new, old in shown)


def _make_strangers(persons: Iterable[Person], known: Mapping[str, Contact]) -> bool:
    """Make those whom nobody knows; of two who share an identifier the second is to be judged."""
    taken = set(known)
    strangers = []
    for person in persons:
        shown = _shown(person)
        if taken.isdisjoint(shown):
            strangers.append(people.stranger(person=person))
        taken.update(shown)
    strangers.sort(key=_names)  # two processors insert the same people in one order
    Contact.objects.bulk_create(strangers, ignore_conflicts=True)
    return bool(strangers)


def _judged(persons: Sequence[Person], *, plain: Found) -> Found:
    """Judge the harder ones, which may change whom the others are: two may become one."""
    ids = {person: contact.pk for person, contact in plain.items()}
    for person in persons:
        if person not in plain:
            ids[person] = people.contact_for(person=person).pk
    wanted = set(ids.values())
    while True:
        contacts = Contact.objects.in_bulk(wanted)
        merged = {each.merged_into_id for each in contacts.values() if each.merged_into_id}
        if merged <= wanted:
            break
        wanted |= merged
    return {person: _survivor(contacts, contact_id) for person, contact_id in ids.items()}


def _survivor(contacts: Mapping[int, Contact], contact_id: int) -> Contact:
    contact = contacts[contact_id]
    return _survivor(contacts, contact.merged_into_id) if contact.merged_into_id else contact


def _note_presence(contacts: Iterable[Contact]) -> None:
    each = {contact.pk: contact for contact in contacts}
    silent = [pk for pk, contact in each.items() if contact.has_whatsapp is not True]
    if silent:
        Contact.objects.filter(pk__in=silent).update(has_whatsapp=True)
    for contact in each.values():
        contact.has_whatsapp = True
        people.recognise(contact=contact)
