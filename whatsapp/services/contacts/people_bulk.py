"""The people of a whole batch at once: the plain cases set-wise, every harder one by ``people``.

Plain is who is known by all that Meta shows, with nothing new in it, and who is known by nothing.
A new name, a BSUID beside a phone, a recycled number, two contacts that are one: those are rare,
and ``people.contact_for`` judges them one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from django.db import connection

from whatsapp.domain import phone as phones
from whatsapp.domain.updates import InboundMessage, Person
from whatsapp.models import Contact
from whatsapp.services.contacts import identities, people

Found = dict[str, Contact]  # by the wamid of the message that is theirs

# Arrays: thousands of placeholders take longer than the search. A message of ours may refer to the
# contact meanwhile.
_LOCK = """
SELECT * FROM whatsapp_contacts
WHERE (phone = ANY(%s::text[]) OR wa_id = ANY(%s::text[]) OR bsuid = ANY(%s::text[]))
  AND merged_into_id IS NULL
ORDER BY id FOR NO KEY UPDATE
"""
_FIND_BEFORE = """
SELECT wa_id, bsuid FROM whatsapp_contact_aliases
WHERE wa_id = ANY(%s::text[]) OR bsuid = ANY(%s::text[])
"""


def contacts_for(*, updates: Sequence[InboundMessage]) -> Found:
    """Find or make the contacts of those who wrote, and lock them; call it in a transaction.

    ``updates`` in the order in which they were written: the last one's name counts. A contact is
    one object, whoever shows it. Whoever writes is on WhatsApp, and may be a customer of the ERP.
    """
    distinct = list(dict.fromkeys(update.person for update in reversed(updates)))[::-1]
    known = _known(distinct)
    before = _known_before(distinct)
    plain = _plain(distinct, known)
    if newcomers := _newcomers(distinct, taken=before | known.keys()):
        _make(newcomers)
        known |= _known(newcomers)
        plain = _plain(distinct, known)
    hard = _hard(updates, plain=plain, known=known, before=before)
    found = {each.wamid: plain[each.person] for each in updates if each.wamid not in hard}
    if hard:
        identities.lock_threads(known.values())  # a merge locks some: now they come in order
        found = _judged([each for each in updates if each.wamid in hard], plain=found)
    _note_presence(found.values())
    return found


def lock(*, persons: Iterable[Person]) -> None:
    """Lock whoever of them is known, by id, before anything is written for one of them."""
    _look_up(persons)


def _known(persons: Iterable[Person]) -> dict[str, Contact]:
    """The contacts that any of them may be, by each identifier; locked."""
    contacts = _look_up(persons)
    return {name: contact for contact in contacts for name in _names(contact)}


def _plain(persons: Iterable[Person], known: Mapping[str, Contact]) -> dict[Person, Contact]:
    """Those who are one contact by every identifier, and of whom nothing is new."""
    found: dict[Person, Contact] = {}
    for person in persons:
        contacts = {known[name].pk: known[name] for name in _shown(person) if name in known}
        if len(contacts) == 1:
            contact = next(iter(contacts.values()))
            if _is_known(contact, person):
                found[person] = contact
    return found


def _look_up(persons: Iterable[Person]) -> list[Contact]:
    """Whoever carries an identifier of theirs, in any spelling of the phone; locked."""
    names = {name for person in persons for name in _shown(person)}
    numbers = [name for name in names if name.startswith("+")]
    others = [name for name in names if not name.startswith("+")]
    return list(Contact.objects.raw(_LOCK, [numbers, others, others]))


@lru_cache(maxsize=4096)  # asked for again and again within a batch
def _shown(person: Person) -> tuple[str, ...]:
    """What a contact of this person may be found by: phones in E.164, Meta's ids as they are."""
    phone = phones.from_wa_id(person.wa_id)
    spelt = phones.variants(phone) if phone else ()
    digits = [phones.digits(each) for each in spelt]
    return tuple(name for name in {*spelt, *digits, person.wa_id, person.bsuid} if name)


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


def _newcomers(persons: Iterable[Person], *, taken: set[str]) -> list[Person]:
    """Those whom nobody knows or knew; of two who share an identifier, the first."""
    found = []
    for person in persons:
        shown = _shown(person)
        if taken.isdisjoint(shown):
            found.append(person)
        taken.update(shown)
    return found


def _make(newcomers: Iterable[Person]) -> None:
    strangers = [people.stranger(person=person) for person in newcomers]
    strangers.sort(key=_names)  # two processors insert the same people in one order
    Contact.objects.bulk_create(strangers, ignore_conflicts=True)


def _known_before(persons: Iterable[Person]) -> set[str]:
    """Which identifiers were somebody's before: to whom such a word belongs is for its time."""
    names = list({name for person in persons for name in _shown(person)})
    with connection.cursor() as cursor:
        cursor.execute(_FIND_BEFORE, [names, names])
        return {name for pair in cursor.fetchall() for name in pair if name}


def _hard(
    updates: Iterable[InboundMessage],
    *,
    plain: Mapping[Person, Contact],
    known: Mapping[str, Contact],
    before: set[str],
) -> set[str]:
    """The messages to be judged one by one, by wamid: the harder ones and all they may change.

    A number that moves in the midst of a batch makes plain words about it depend on their time.
    """
    rest = list(updates)
    hard: set[str] = set()
    touched = set(before)
    while True:
        found = [
            each
            for each in rest
            if each.becomes or each.person not in plain or touched & set(_shown(each.person))
        ]
        if not found:
            return hard
        hard |= {each.wamid for each in found}
        rest = [each for each in rest if each.wamid not in hard]
        for each in found:
            for person in filter(None, (each.person, each.becomes)):
                names = _shown(person)
                contacts = [known[name] for name in names if name in known]
                touched.update(names, *map(_names, contacts))


def _judged(updates: Sequence[InboundMessage], *, plain: Found) -> Found:
    """Judge the harder ones in their order, which may change whom others are: two become one."""
    ids = {wamid: contact.pk for wamid, contact in plain.items()}
    last: dict[str, tuple[Person, int]] = {}  # who was meant by the last word on an identifier
    repeats: dict[Person, InboundMessage] = {}  # the newest words that were not judged
    for update in updates:
        names = _shown(update.person)
        meant = {last.get(name) for name in names}
        again = meant.pop() if len(meant) == 1 and update.becomes is None else None
        if again is not None and again[0] == update.person:
            ids[update.wamid] = again[1]  # the same word, and none in between
            repeats[update.person] = update
            continue
        for repeat in repeats.values():  # till when it held: its message is not written yet
            _judge(repeat)
        repeats.clear()
        contact = _judge(update)
        ids[update.wamid] = contact.pk
        # a word that was too old for the number may be new enough when it comes again
        is_taken = update.person.bsuid and update.person.wa_id in ("", contact.wa_id)
        if update.becomes is None and is_taken:
            last |= dict.fromkeys(names, (update.person, contact.pk))
        else:
            last.clear()
    wanted = set(ids.values())
    while True:
        contacts = Contact.objects.in_bulk(wanted)
        merged = {each.merged_into_id for each in contacts.values() if each.merged_into_id}
        if merged <= wanted:
            break
        wanted |= merged
    return {wamid: _survivor(contacts, contact_id) for wamid, contact_id in ids.items()}


def _judge(update: InboundMessage) -> Contact:
    """Ask ``people``. A message that says so takes its person to a new number or BSUID."""
    source, at = f"message:{update.wamid}", update.happened_at
    if update.becomes is None:
        return people.contact_for(person=update.person, at=at, source=source)
    return people.follow(before=update.person, after=update.becomes, at=at, source=source)


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
    people.recognise_all(contacts=each.values())
