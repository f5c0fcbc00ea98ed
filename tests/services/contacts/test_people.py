"""Who is who: found by any identifier, made once, never mixed up."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from tests.erp.factories import CustomerFactory
from tests.factories import ContactFactory, MessageFactory
from tests.services.contacts.meetings import P1
from tests.services.receiving.steps import DELIVERED, FAILED, T0, said
from tests.services.receiving.steps import apply as receipts_apply
from whatsapp.domain.updates import Person
from whatsapp.errors import NotFoundError
from whatsapp.models import Contact, ContactMerge
from whatsapp.ports import CustomerRecord
from whatsapp.services.contacts import people

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


# One number in two spellings


@pytest.mark.parametrize(
    ("shop", "meta"),
    [
        ("+5511987654321", "551187654321"),
        ("+525512345678", "5215512345678"),
        ("+5491123456789", "541123456789"),
    ],
)
def test_number_that_meta_spells_otherwise_makes_no_second_contact(shop, meta):
    ours = people.contact_for_phone(phone=shop)

    met = meet(wa_id=meta)

    assert met.pk == ours.pk
    assert (met.phone, met.wa_id) == (shop, meta)
    assert people.contact_for_phone(phone=shop).pk == ours.pk
    assert people.contact_for_phone(phone=f"+{meta}").pk == ours.pk
    assert Contact.objects.count() == 1


def test_exact_spelling_comes_before_the_other():
    other, exact = ContactFactory(phone="+5511987654321"), ContactFactory(phone="+551187654321")
    Contact.objects.update(wa_id=None)

    assert meet(wa_id="551187654321").pk == exact.pk
    assert meet(wa_id="5511987654321").pk == other.pk


def test_customer_of_a_number_with_two_spellings_is_found_by_either(outside):
    outside.customers.add(
        CustomerRecord(id=CustomerFactory().pk, name="Ana", phone="+5511987654321")
    )
    contact = meet(wa_id="551187654321")

    people.recognise(contact=contact)

    assert contact.customer_id is not None


# What statuses show


def test_status_that_shows_number_and_bsuid_makes_one_person():
    by_number, by_bsuid = meet(wa_id=P1), meet(bsuid="RO.1")
    message = MessageFactory(conversation__contact=by_number)

    receipts_apply(
        said(
            DELIVERED, message=message, recipient_wa_id=P1, recipient_bsuid="RO.1", wamid="wamid.S"
        )
    )

    by_bsuid.refresh_from_db()
    assert by_bsuid.merged_into_id == by_number.pk
    merge = ContactMerge.objects.get()
    assert (merge.source, merge.shown_at) == ("status:wamid.S:delivered", T0)


def test_status_of_somebody_elses_message_makes_no_contact():
    receipts_apply(said(DELIVERED, recipient_wa_id=P1, recipient_bsuid="RO.1"))

    assert not Contact.objects.exists()


def test_refusal_that_meets_a_contact_merged_meanwhile_binds_who_it_became():
    one, taken_in = meet(wa_id=P1), ContactFactory(phone=None, wa_id=None, bsuid="RO.1")
    message = MessageFactory(conversation__contact=taken_in)
    Contact.objects.filter(pk=taken_in.pk).update(merged_into=one, bsuid=None)

    receipts_apply(said(FAILED, message=message, error_code=131050))

    one.refresh_from_db()
    assert one.marketing_consent is False
