"""Who is on the other end: found by any identifier Meta shows, made once, never mixed up."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress

from django.db import IntegrityError, connection, transaction

from whatsapp.domain import phone as phones
from whatsapp.domain.updates import Person
from whatsapp.errors import MessageNotDeliverableError, NotFoundError
from whatsapp.models import Contact
from whatsapp.wiring import customer_directory

logger = logging.getLogger(__name__)


def contact_for(*, person: Person) -> Contact:
    """Find or make the contact of a person, and note what is newly known.

    A BSUID names one person for ever; a phone may be recycled. So a BSUID that is known wins, and
    a phone never joins two people who each have a BSUID.
    """
    phone = phones.from_wa_id(person.wa_id) if person.wa_id else None
    for _ in range(3):  # another transaction may make the same person at the same time
        contact = _known(phone=phone, wa_id=person.wa_id, bsuid=person.bsuid)
        try:
            with transaction.atomic():
                _release_recycled(phone=phone, person=person)
                if contact is None:
                    contact = stranger(person=person)
                    contact.save(force_insert=True)
                    return contact
                return _complete(contact, person=person, phone=phone)
        except IntegrityError:
            continue
    raise MessageNotDeliverableError("The contact is being changed by someone else; try again.")


def stranger(*, person: Person) -> Contact:
    """The contact of somebody who is new, not saved."""
    return Contact(
        phone=phones.from_wa_id(person.wa_id),
        wa_id=person.wa_id or None,
        bsuid=person.bsuid or None,
        username=person.username,
        profile_name=person.profile_name[:255],
    )


def contact_for_phone(*, phone: str) -> Contact:
    """Find or make the contact with a phone number, given as E.164."""
    known = Contact.objects.known_by(phone=phone, wa_id=phones.digits(phone)).first()
    if known is not None:
        return known
    # the same moment may make them elsewhere; cheaper than get_or_create's savepoint
    Contact.objects.bulk_create([Contact(phone=phone)], ignore_conflicts=True)
    return Contact.objects.get(phone=phone)


def recognise(*, contact: Contact, customer_id: int | None = None) -> None:
    """Tie a contact to its customer, once: the one who is named, else the one with its phone."""
    if contact.customer_id is not None:
        return
    found = customer_id or (_customer_id(contact.phone) if contact.phone else None)
    if found is not None:
        Contact.objects.filter(pk=contact.pk, customer=None).update(customer_id=found)
        contact.customer_id = found


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


def _customer_id(phone: str) -> int | None:
    try:
        with transaction.atomic():
            customer = customer_directory().find_by_phone(phone)
    except Exception:  # the host's code; its trouble must not hold up a message
        logger.exception("customer directory failed")
        return None
    return customer.id if customer else None


def _known(*, phone: str | None, wa_id: str, bsuid: str) -> Contact | None:
    found = list(
        Contact.objects.known_by(phone=phone, wa_id=wa_id, bsuid=bsuid).select_for_update(
            no_key=True  # a message of ours may refer to the contact meanwhile
        )
    )
    by_bsuid = [contact for contact in found if bsuid and contact.bsuid == bsuid]
    if by_bsuid:
        return by_bsuid[0]
    # somebody else's number, recycled: the newcomer has a BSUID of their own
    free = [contact for contact in found if not (bsuid and contact.bsuid)]
    return free[0] if free else None


def _release_recycled(*, phone: str | None, person: Person) -> None:
    """Take a number from the person who had it before, when someone with another BSUID shows it."""
    if not (person.bsuid and phone):
        return
    Contact.objects.known_by(phone=phone, wa_id=person.wa_id).exclude(bsuid=None).exclude(
        bsuid=person.bsuid
    ).update(phone=None, wa_id=None)


def _complete(contact: Contact, *, person: Person, phone: str | None) -> Contact:
    """Write what the contact did not have yet; identifiers of others are left alone."""
    changed: list[str] = []
    news = {
        "bsuid": contact.bsuid or person.bsuid or None,
        "username": person.username or contact.username,
        "profile_name": person.profile_name[:255] or contact.profile_name,
    }
    taken = Contact.objects.known_by(phone=phone, wa_id=person.wa_id).exclude(pk=contact.pk)
    if not taken.exists():
        news["phone"] = contact.phone or phone
        news["wa_id"] = person.wa_id or contact.wa_id
    for name, value in news.items():
        if getattr(contact, name) != value:
            setattr(contact, name, value)
            changed.append(name)
    if changed:
        contact.save(update_fields=changed)
    return contact


_NOTE_WA_IDS = """
    WITH news AS (
        SELECT DISTINCT ON (wa_id) id, wa_id FROM unnest(%s::bigint[], %s::text[]) AS n(id, wa_id)
        WHERE NOT EXISTS (SELECT 1 FROM whatsapp_contacts other WHERE other.wa_id = n.wa_id)
        ORDER BY wa_id, id
    ), mine AS (
        SELECT c.id FROM whatsapp_contacts c WHERE c.id IN (SELECT id FROM news)
        ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE whatsapp_contacts c SET wa_id = news.wa_id
    FROM news JOIN mine ON mine.id = news.id WHERE c.id = news.id AND c.wa_id IS NULL
"""


def note_wa_ids(answers: Mapping[int, str]) -> None:
    """Keep Meta's ids of contacts, by contact id, where none is known and nobody else has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM whatsapp_contacts WHERE id = ANY(%s) AND wa_id IS NULL ORDER BY id",
            [list(answers)],
        )
        missing = [row[0] for row in cursor.fetchall()]
        if not missing:
            return
        # somebody may get the same one meanwhile: then the next answer tells us again
        with suppress(IntegrityError), transaction.atomic():
            cursor.execute(_NOTE_WA_IDS, [missing, [answers[pk] for pk in missing]])
