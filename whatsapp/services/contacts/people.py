"""Who is on the other end: found by any identifier Meta shows, made once, never mixed up."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from whatsapp.domain import phone as numbers
from whatsapp.domain.updates import IdentityUpdate, Person
from whatsapp.errors import NotFoundError
from whatsapp.models import Contact
from whatsapp.models.webhook_event import EventOutcome
from whatsapp.services.contacts import identities, sightings
from whatsapp.services.contacts.identities import Sighting
from whatsapp.services.shared import accounts
from whatsapp.wiring import customer_directory

logger = logging.getLogger(__name__)

INSTANT = timedelta(microseconds=1)  # before a change, and after: Meta's times are whole seconds


def contact_for(*, person: Person, at: datetime | None = None, source: str = "") -> Contact:
    """Find or make the contact of a person and note what is newly known; inside a transaction.

    ``at`` is Meta's time of what showed them (else now), ``source`` the key of that event, kept as
    evidence. A BSUID names one person for ever, a number may change hands: the newest word says
    whose it is, in whatever order words come. A contact known by number and one known by BSUID
    become one when both are shown together; two who each have a BSUID never do.
    """
    return sightings.settle(Sighting(person=person, at=at or timezone.now(), source=source))


def follow(*, before: Person, after: Person, at: datetime, source: str = "") -> Contact:
    """Let a contact follow its person to a new number or BSUID, since Meta says they are one.

    What they were known by stays known as theirs until ``at``. Inside a transaction.
    """
    return sightings.move(
        Sighting(person=before, at=at - INSTANT, source=source),
        Sighting(person=after, at=at + INSTANT, source=source),
    )


def note_identity(*, update: IdentityUpdate, source: str = "") -> EventOutcome:
    """Let a contact follow its person to a new BSUID; without a number of ours it is for all."""
    called = update.phone_number_id
    if called and accounts.number_called(phone_number_id=called) is None:
        return EventOutcome.NOT_OURS
    follow(before=update.before, after=update.person, at=update.happened_at, source=source)
    return EventOutcome.APPLIED


def stranger(*, person: Person) -> Contact:
    """The contact of somebody who is new, not saved."""
    return Contact(
        phone=numbers.from_wa_id(person.wa_id),
        wa_id=person.wa_id or None,
        bsuid=person.bsuid or None,
        username=person.username,
        profile_name=person.profile_name[:255],
    )


def contact_for_phone(*, phone: str) -> Contact:
    """Find or make the contact with a phone number, given as E.164."""
    known = identities.holder_of(wa_id=numbers.digits(phone))
    if known is not None:
        return known
    # the same moment may make them elsewhere; cheaper than get_or_create's savepoint
    Contact.objects.bulk_create([Contact(phone=phone)], ignore_conflicts=True)
    return Contact.objects.get(phone=phone)


def known_otherwise(*, phones: Iterable[str]) -> dict[str | None, int]:
    """Find contacts, by phone, that are known by another spelling of it alone."""
    spellings = {phone: numbers.variants(phone) for phone in set(phones)}
    twins = [phone for phone, known in spellings.items() if len(known) > 1]
    holders = {phone: identities.holder_of(wa_id=numbers.digits(phone)) for phone in twins}
    return {phone: holder.pk for phone, holder in holders.items() if holder is not None}


def recognise(*, contact: Contact, customer_id: int | None = None) -> None:
    """Tie a contact to its customer, once: the one who is named, else the one with its phone."""
    if customer_id is None:
        recognise_all(contacts=[contact])
    elif contact.customer_id is None:
        _tie(contact, customer_id)


def recognise_all(*, contacts: Iterable[Contact]) -> None:
    """Tie those who belong to nobody yet to the customers with their phones, asking once."""
    free = [(each, each.phone) for each in contacts if each.phone and each.customer_id is None]
    if not free:
        return
    found = _customer_ids({spelt for _, phone in free for spelt in numbers.variants(phone)})
    for contact, phone in free:
        customers = {found[spelt] for spelt in numbers.variants(phone) if spelt in found}
        if len(customers) == 1:
            _tie(contact, customers.pop())


def _tie(contact: Contact, customer_id: int) -> None:
    Contact.objects.filter(pk=contact.pk, customer=None).update(customer_id=customer_id)
    contact.customer_id = customer_id


@transaction.atomic
def describe(*, contact_id: int, customer_id: int | None, language: str) -> Contact:
    """Write what a person knows better: whose contact it is, and in which language to write.

    Raises NotFoundError.
    """
    contact = Contact.objects.select_for_update().filter(pk=contact_id).first()
    if contact is None:
        raise NotFoundError("There is no such contact.", details={"field": "contact"})
    contact.customer_id, contact.language = customer_id, language
    contact.save(update_fields=["customer", "language"])
    return contact


def _customer_ids(spelt: Collection[str]) -> dict[str, int]:
    try:
        with transaction.atomic():
            found = customer_directory().find_by_phones(spelt)
    except Exception:  # the host's code; its trouble must not hold up a message
        logger.exception("customer directory failed")
        return {}
    return {phone: customer.id for phone, customer in found.items()}


_NOTE_WA_IDS = """
    WITH news AS (
        SELECT DISTINCT ON (wa_id) id, wa_id FROM unnest(%s::bigint[], %s::text[]) AS n(id, wa_id)
        WHERE NOT EXISTS (SELECT 1 FROM whatsapp_contacts other WHERE other.wa_id = n.wa_id)
        ORDER BY wa_id, id
    ), mine AS (
        SELECT c.id FROM whatsapp_contacts c
        WHERE c.id IN (SELECT id FROM news) AND c.merged_into_id IS NULL
        ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE whatsapp_contacts c SET wa_id = news.wa_id
    FROM news JOIN mine ON mine.id = news.id WHERE c.id = news.id AND c.wa_id IS NULL
"""


def note_wa_ids(answers: Mapping[int, str]) -> None:
    """Keep Meta's ids of contacts, by contact id, where none is known and nobody else has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM whatsapp_contacts WHERE id = ANY(%s) AND wa_id IS NULL "
            "AND merged_into_id IS NULL ORDER BY id",
            [list(answers)],
        )
        missing = [row[0] for row in cursor.fetchall()]
        if not missing:
            return
        # somebody may get the same one meanwhile: then the next answer tells us again
        with suppress(IntegrityError), transaction.atomic():
            cursor.execute(_NOTE_WA_IDS, [missing, [answers[pk] for pk in missing]])
