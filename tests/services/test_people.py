"""Who is who: found by any identifier, made once, never mixed up."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from tests.erp.factories import CustomerFactory
from tests.factories import ContactFactory
from whatsapp.domain.updates import Person
from whatsapp.errors import NotFoundError
from whatsapp.models import Contact
from whatsapp.services import people

pytestmark = pytest.mark.django_db


def meet(**person: str) -> Contact:
    with transaction.atomic():
        return people.contact_for(person=Person(**person))


def test_stranger_with_a_phone_becomes_a_contact():
    contact = meet(wa_id="40712000123", profile_name="Ana")

    assert (contact.phone, contact.wa_id) == ("+40712000123", "40712000123")
    assert contact.display_name == "Ana"


def test_person_without_a_phone_is_known_by_bsuid_alone():
    first = meet(bsuid="RO.1", username="ana.p")
    second = meet(bsuid="RO.1")

    assert first.pk == second.pk
    assert (second.phone, second.wa_id, second.username) == (None, None, "ana.p")


def test_contact_made_by_us_is_recognised_when_the_customer_writes():
    ours = people.contact_for_phone(phone="+40712000123")

    met = meet(wa_id="40712000123", bsuid="RO.1", profile_name="Ana")

    assert met.pk == ours.pk
    assert (met.bsuid, met.profile_name) == ("RO.1", "Ana")


def test_two_strangers_with_usernames_are_two_contacts():
    assert meet(bsuid="RO.1").pk != meet(bsuid="RO.2").pk


def test_recycled_number_moves_to_the_newer_person():
    former = meet(wa_id="40712000123", bsuid="RO.1")

    newer = meet(wa_id="40712000123", bsuid="RO.2")

    former.refresh_from_db()
    assert newer.pk != former.pk
    assert (former.phone, former.bsuid) == (None, "RO.1")
    assert (newer.phone, newer.bsuid) == ("+40712000123", "RO.2")


def test_what_is_known_is_not_forgotten_when_meta_says_less():
    contact = meet(wa_id="40712000123", bsuid="RO.1", username="ana.p", profile_name="Ana")

    again = meet(bsuid="RO.1")

    assert again.pk == contact.pk
    assert (again.phone, again.username, again.profile_name) == ("+40712000123", "ana.p", "Ana")


@pytest.mark.django_db(transaction=True)
def test_ten_requests_at_once_make_one_person():
    met: list[int] = []

    def work() -> None:
        met.append(meet(wa_id="40712000123", bsuid="RO.1", profile_name="Ana").pk)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(10)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(met) == 10
    assert len(set(met)) == 1
    assert Contact.objects.count() == 1


def test_person_knows_better_whose_contact_it_is():
    contact, customer = ContactFactory(), CustomerFactory()

    people.describe(contact_id=contact.pk, customer_id=customer.pk, language="hu")

    contact.refresh_from_db()
    assert (contact.customer_id, contact.language) == (customer.pk, "hu")
    with pytest.raises(NotFoundError):
        people.describe(contact_id=0, customer_id=None, language="")
