"""Two contacts become one person, with everything they have."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from tests.erp.factories import CustomerFactory
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    OutboxItemFactory,
    UserFactory,
)
from tests.services.pairs import BSUID, WA_ID, show_both, texts, thread
from tests.services.receiving.steps import T0
from whatsapp.domain.updates import Person
from whatsapp.models import Contact, ContactMerge, Conversation, ConversationNote, Message
from whatsapp.services import messages
from whatsapp.services.contacts import people
from whatsapp.services.dialogue import threads

pytestmark = pytest.mark.django_db


# One person


def test_number_and_bsuid_shown_together_make_one_contact_with_evidence(by_phone, by_bsuid):
    one = show_both()

    assert one.pk == by_phone.pk
    assert (one.phone, one.wa_id, one.bsuid) == (f"+{WA_ID}", WA_ID, BSUID)
    assert (one.username, one.profile_name) == ("ana.p", "Ana")
    by_bsuid.refresh_from_db()
    assert (by_bsuid.merged_into_id, by_bsuid.bsuid) == (one.pk, None)
    merge = ContactMerge.objects.get()
    assert (merge.survivor_id, merge.absorbed_id) == (by_phone.pk, by_bsuid.pk)
    assert (merge.source, merge.shown_at) == ("message:wamid.BOTH", T0)
    assert (merge.shown_wa_id, merge.shown_bsuid) == (WA_ID, BSUID)


def test_shown_together_again_they_are_not_merged_again(by_phone, by_bsuid):
    show_both()
    show_both(after=1)

    assert ContactMerge.objects.count() == 1


def test_older_conversation_takes_in_the_messages_of_the_other(by_phone, by_bsuid):
    younger = thread(by_phone, messages=2)
    older = thread(by_bsuid, messages=3)
    Conversation.objects.filter(pk=older.pk).update(created_at=T0 - timedelta(days=9))
    all_ids = texts(older) | texts(younger)
    note = ConversationNote.objects.create(conversation=younger, text="VIP")

    one = show_both()

    older.refresh_from_db()
    younger.refresh_from_db()
    assert texts(older) == all_ids
    assert set(Message.objects.values_list("contact", flat=True)) == {one.pk}
    assert (older.contact_id, older.message_count, older.unread_count) == (one.pk, 5, 5)
    assert (younger.status, younger.message_count, younger.unread_count) == ("ARCHIVED", 0, 0)
    assert younger.archived_at is not None
    note.refresh_from_db()
    assert note.conversation_id == older.pk
    assert threads.current_id(conversation_id=younger.pk) == older.pk


def test_each_business_number_has_its_own_conversation_after_the_merge(by_phone, by_bsuid):
    second = BusinessNumberFactory(phone_number_id="555000000000002", is_default=False)
    here = thread(by_phone, messages=1)
    there = thread(by_bsuid, messages=1, number=second)
    archived = thread(by_bsuid, messages=1, status="ARCHIVED")

    one = show_both()

    held = Conversation.objects.filter(contact=one).values_list("pk", "status", "message_count")
    assert set(held) == {
        (here.pk, "OPEN", 1),
        (there.pk, "OPEN", 1),
        (archived.pk, "ARCHIVED", 1),
    }
    assert threads.current_id(conversation_id=archived.pk) == archived.pk


def test_window_state_and_clock_are_those_of_both(by_phone, by_bsuid):
    agent = UserFactory(agent=True)
    kept = thread(
        by_phone, messages=1, status="RESOLVED", resolved_at=T0, last_inbound_at=T0, tags=["a"]
    )
    asked = T0 + timedelta(minutes=5)
    ended = ConversationFactory(
        contact=by_bsuid,
        status="ASSIGNED",
        assigned_to=agent,
        priority="HIGH",
        tags=["b", "a"],
        message_count=1,
        unread_count=1,
        last_inbound_at=asked,
        last_message_at=asked,
        last_message_preview="Alo?",
        waiting_since=asked,
        response_due_at=asked + timedelta(hours=2),
    )
    MessageFactory(received=True, conversation=ended, happened_at=asked)

    show_both()

    kept.refresh_from_db()
    assert (kept.status, kept.assigned_to_id, kept.resolved_at) == ("ASSIGNED", agent.pk, None)
    assert (kept.priority, kept.tags) == ("HIGH", ["a", "b"])
    assert kept.last_inbound_at == asked
    assert (kept.waiting_since, kept.response_due_at) == (asked, asked + timedelta(hours=2))
    ended.refresh_from_db()
    assert (ended.waiting_since, ended.response_due_at) == (None, None)


def test_answer_in_one_conversation_answers_what_was_asked_before_in_the_other(by_phone, by_bsuid):
    asked, answered = T0, T0 + timedelta(minutes=1)
    waits = ConversationFactory(contact=by_phone, waiting_since=asked, message_count=1)
    MessageFactory(received=True, conversation=waits, happened_at=asked)
    other = ConversationFactory(contact=by_bsuid, message_count=1)
    MessageFactory(conversation=other, user=UserFactory(agent=True), happened_at=answered)

    show_both()

    waits.refresh_from_db()
    assert (waits.waiting_since, waits.response_due_at) == (None, None)


def test_what_waits_to_be_sent_goes_to_the_contact_that_stayed(by_phone, by_bsuid):
    item = OutboxItemFactory(message__conversation=ConversationFactory(contact=by_bsuid))

    one = show_both()

    item.refresh_from_db()
    assert item.contact_id == one.pk
    assert item.message.contact_id == one.pk


def test_newest_word_on_consent_counts_and_a_refusal_before_a_yes(by_phone, by_bsuid):
    Contact.objects.filter(pk=by_phone.pk).update(
        marketing_consent=True, consent_changed_at=T0, consent_source="shop"
    )
    Contact.objects.filter(pk=by_bsuid.pk).update(
        marketing_consent=False, consent_changed_at=T0, consent_source="WhatsApp"
    )

    one = show_both()

    assert (one.marketing_consent, one.consent_source) == (False, "WhatsApp")


def test_two_customers_are_both_kept_and_staff_is_told(by_phone, by_bsuid, outside):
    first, second = CustomerFactory(), CustomerFactory()
    Contact.objects.filter(pk=by_phone.pk).update(customer=first)
    Contact.objects.filter(pk=by_bsuid.pk).update(customer=second)
    message = MessageFactory(conversation__contact=by_bsuid, customer=second)

    one = show_both()

    one.refresh_from_db()
    message.refresh_from_db()
    assert (one.customer_id, message.customer_id) == (first.pk, second.pk)
    (notice,) = outside.staff.notices
    assert str(first.pk) in notice.body
    assert str(second.pk) in notice.body


class Broken:
    def notify(self, notice):
        connection.cursor().execute("SELECT 1 / 0")


def test_notifier_whose_query_fails_costs_no_merge(by_phone, by_bsuid, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "STAFF_NOTIFIER": f"{__name__}.Broken"}
    for contact in (by_phone, by_bsuid):
        Contact.objects.filter(pk=contact.pk).update(customer=CustomerFactory())

    show_both()

    assert ContactMerge.objects.count() == 1


def test_two_people_with_bsuids_are_never_merged(by_phone, by_bsuid):
    Contact.objects.filter(pk=by_phone.pk).update(bsuid="RO.2")

    one = show_both(after=1)

    assert one.pk == by_bsuid.pk
    assert not ContactMerge.objects.exists()
    by_phone.refresh_from_db()
    assert (by_phone.phone, by_phone.bsuid) == (None, "RO.2")
    assert one.phone == f"+{WA_ID}"


def test_chain_of_merges_ends_with_one_person(by_phone, by_bsuid):
    """Known by number, by BSUID, and by the BSUID they had before."""
    earlier = ContactFactory(phone=None, wa_id=None, bsuid="RO.0")
    conversations = [thread(one, messages=1) for one in (by_phone, by_bsuid, earlier)]

    show_both()
    with transaction.atomic():
        people.follow(before=Person(bsuid="RO.0"), after=Person(bsuid=BSUID), at=T0)

    assert {people.contact_for(person=Person(bsuid=b)).pk for b in ("RO.0", BSUID)} == {by_phone.pk}
    assert {threads.current_id(conversation_id=one.pk) for one in conversations} == {
        conversations[0].pk
    }
    assert conversations[0].messages.count() == 3


# Old doors


def test_reply_to_an_old_conversation_goes_to_the_one_that_has_its_messages(by_phone, by_bsuid):
    kept, ended = thread(by_phone, messages=1), thread(by_bsuid, messages=1)
    show_both()

    message = messages.send_text(text="Bună ziua!", conversation_id=ended.pk)

    assert (message.conversation_id, message.contact_id) == (kept.pk, by_phone.pk)


def test_send_to_a_contact_that_was_taken_in_reaches_who_it_became(by_phone, by_bsuid):
    kept = thread(by_phone, messages=1)
    show_both()

    message = messages.send_text(text="Bună ziua!", contact_id=by_bsuid.pk)

    assert (message.conversation_id, message.contact_id) == (kept.pk, by_phone.pk)
