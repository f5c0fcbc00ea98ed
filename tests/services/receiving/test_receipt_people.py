"""Statuses show numbers and BSUIDs: learned set-wise, and never somebody else's."""

from __future__ import annotations

import pytest

from tests.factories import ContactFactory, ConversationFactory, MessageFactory
from tests.services.receiving.steps import DELIVERED, READ, apply, said
from whatsapp.models import Contact, ContactAlias, ContactMerge

pytestmark = pytest.mark.django_db


def shown(contact: Contact, bsuid: str, **more):
    thread = contact.conversations.first() or ConversationFactory(contact=contact)
    message = MessageFactory(conversation=thread)
    return said(
        DELIVERED,
        message=message,
        wamid=message.external_message_id,
        recipient_wa_id=contact.wa_id,
        recipient_bsuid=bsuid,
        **more,
    )


def bsuids() -> dict[str | None, str | None]:
    return dict(Contact.objects.filter(merged_into=None).values_list("wa_id", "bsuid"))


def test_bsuids_of_many_are_learned_in_few_queries(django_assert_max_num_queries):
    contacts = ContactFactory.create_batch(30)
    updates = [shown(contact, f"RO.{n}") for n, contact in enumerate(contacts)]

    with django_assert_max_num_queries(25):
        apply(*updates)

    assert bsuids() == {contact.wa_id: f"RO.{n}" for n, contact in enumerate(contacts)}


def test_what_is_known_changes_nothing():
    contact = ContactFactory(bsuid="RO.1", has_whatsapp=True)
    update = shown(contact, "RO.1")
    apply(update)
    before = Contact.objects.values().get()

    apply(update, said(READ, wamid=update.wamid, recipient_wa_id=contact.wa_id))

    assert Contact.objects.values().get() == before


def test_bsuid_shown_with_two_numbers_is_of_the_one_shown_later():
    first, second = ContactFactory(), ContactFactory()

    apply(shown(second, "RO.1", after=5), shown(first, "RO.1", after=1))

    known = Contact.objects.get(bsuid="RO.1")
    assert known.wa_id == second.wa_id


def test_number_shown_with_two_bsuids_is_of_the_one_shown_later():
    contact = ContactFactory()

    apply(shown(contact, "RO.2", after=5), shown(contact, "RO.1", after=1))

    assert Contact.objects.get(bsuid="RO.2").wa_id == contact.wa_id
    assert Contact.objects.get(bsuid="RO.1").wa_id is None
    assert not ContactMerge.objects.exists()


def test_bsuid_that_was_somebodys_before_is_judged():
    contact, owner = ContactFactory(), ContactFactory(phone=None, wa_id=None, bsuid="RO.9")
    update = shown(contact, "RO.1")
    ContactAlias.objects.create(contact=owner, bsuid="RO.1", until=update.happened_at)

    apply(update)

    contact.refresh_from_db()
    owner.refresh_from_db()
    assert owner.merged_into_id == contact.pk
    assert contact.bsuid == "RO.9"
