"""Two contacts become one person, with everything they have; and two again if that was wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.erp.factories import CustomerFactory
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    OutboxItemFactory,
    UserFactory,
)
from tests.services.receiving import T0
from whatsapp.domain.updates import Person
from whatsapp.errors import MergeStandsError, NotFoundError
from whatsapp.models import (
    Contact,
    ContactMerge,
    Conversation,
    ConversationNote,
    Message,
    OutboxItem,
)
from whatsapp.services import merge_undo, messages, people, threads

pytestmark = pytest.mark.django_db

WA_ID, BSUID = "40712000123", "RO.1"


@pytest.fixture
def by_phone(outside):
    return ContactFactory(phone=f"+{WA_ID}", wa_id=WA_ID, phone_shown_at=T0, profile_name="Ana")


@pytest.fixture
def by_bsuid(by_phone):
    return ContactFactory(phone=None, wa_id=None, bsuid=BSUID, username="ana.p", profile_name="")


def show_both(*, after: int = 0, source: str = "message:wamid.BOTH") -> Contact:
    with transaction.atomic():
        return people.contact_for(
            person=Person(wa_id=WA_ID, bsuid=BSUID), at=T0 + timedelta(seconds=after), source=source
        )


def undo(**more) -> ContactMerge:
    return merge_undo.undo(merge_id=ContactMerge.objects.latest("pk").pk, **more)


def thread(contact: Contact, *, messages: int, **fields) -> Conversation:
    """A conversation in which the customer wrote that many unread messages."""
    conversation = ConversationFactory(
        contact=contact, message_count=messages, unread_count=messages, **fields
    )
    MessageFactory.create_batch(messages, received=True, conversation=conversation)
    return conversation


def texts(conversation: Conversation) -> set[int]:
    return set(conversation.messages.values_list("pk", flat=True))


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


# Two people after all


def test_undo_puts_everything_back_as_it_was(by_phone, by_bsuid):
    customer = CustomerFactory()
    Contact.objects.filter(pk=by_bsuid.pk).update(customer=customer)
    kept, ended = thread(by_phone, messages=2), thread(by_bsuid, messages=3)
    OutboxItemFactory(message=MessageFactory(pending=True, conversation=ended))
    ConversationNote.objects.create(conversation=ended, text="VIP")
    before = _everything()
    user = UserFactory(supervisor=True)

    show_both()
    assert _everything() != before
    merge = undo(by_id=user.pk)

    assert _everything() == before
    assert (merge.undone_by_id, merge.undone_at is not None) == (user.pk, True)
    assert threads.current_id(conversation_id=ended.pk) == ended.pk
    assert kept.messages.count() == 2


def test_undo_puts_everything_back_when_the_younger_contact_had_the_older_thread(
    by_phone, by_bsuid
):
    ended, kept = thread(by_phone, messages=2), thread(by_bsuid, messages=3)
    Conversation.objects.filter(pk=kept.pk).update(created_at=T0 - timedelta(days=9))
    before = _everything()

    show_both()
    undo()

    assert _everything() == before
    assert ended.messages.count() == 2


def test_what_came_after_the_merge_stays_with_the_contact_that_stayed(by_phone, by_bsuid):
    theirs = thread(by_bsuid, messages=2)
    before = texts(theirs)
    one = show_both()
    late = threads.live_conversation(number_id=theirs.number_id, contact_id=one.pk)
    message = MessageFactory(received=True, conversation=late)
    threads.note_messages([(late, message)])

    undo()

    theirs.refresh_from_db()
    assert (theirs.contact_id, texts(theirs)) == (by_bsuid.pk, before)
    assert (theirs.message_count, theirs.unread_count) == (2, 2)
    message.refresh_from_db()
    stays = message.conversation
    assert (message.contact_id, stays.contact_id) == (by_phone.pk, by_phone.pk)
    assert (stays.status, stays.message_count, stays.unread_count) == ("OPEN", 1, 1)
    assert stays.last_inbound_at == message.happened_at


def test_what_was_read_meanwhile_is_not_unread_again(by_phone, by_bsuid):
    for contact in (by_phone, by_bsuid):
        thread(contact, messages=2)
    show_both()
    Message.objects.update(read_at=timezone.now())
    Conversation.objects.update(unread_count=0)

    undo()

    assert set(Conversation.objects.values_list("unread_count", flat=True)) == {0}


def test_after_undo_the_two_are_not_merged_again(by_phone, by_bsuid):
    show_both()
    undo()

    one = show_both(after=60)

    assert one.pk == by_bsuid.pk
    assert ContactMerge.objects.filter(undone_at=None).count() == 0
    by_phone.refresh_from_db()
    assert (by_phone.phone, one.phone) == (f"+{WA_ID}", None)


def test_refusal_after_the_merge_binds_both(by_phone, by_bsuid):
    one = show_both()
    Contact.objects.filter(pk=one.pk).update(
        marketing_consent=False, consent_changed_at=timezone.now(), consent_source="STOP"
    )

    undo()

    words = Contact.objects.values_list("marketing_consent", "consent_source")
    assert set(words) == {(False, "STOP")}


def test_later_merge_is_undone_first(by_phone, by_bsuid):
    ContactFactory(phone=None, wa_id=None, bsuid="RO.0")
    show_both()
    first = ContactMerge.objects.get()
    with transaction.atomic():
        people.follow(before=Person(bsuid="RO.0"), after=Person(bsuid=BSUID), at=T0)

    with pytest.raises(MergeStandsError) as caught:
        merge_undo.undo(merge_id=first.pk)

    assert caught.value.details["reason"] == "merged_since"
    undo()
    merge_undo.undo(merge_id=first.pk)
    assert Contact.objects.filter(merged_into=None).count() == 3
    bsuids = Contact.objects.order_by("pk").values_list("bsuid", flat=True)
    assert list(bsuids) == [None, BSUID, "RO.0"]


def test_undo_is_refused_when_the_number_is_somebody_elses_since(by_phone, by_bsuid):
    show_both()
    with transaction.atomic():
        people.contact_for(person=Person(wa_id=WA_ID, bsuid="RO.9"), at=T0 + timedelta(days=1))

    with pytest.raises(MergeStandsError) as caught:
        undo()

    assert caught.value.details["reason"] == "moved_on"
    assert ContactMerge.objects.get().undone_at is None
    by_bsuid.refresh_from_db()
    assert by_bsuid.merged_into_id == by_phone.pk


def test_undoing_twice_changes_nothing_and_a_strange_merge_is_not_found(by_phone, by_bsuid):
    show_both()
    undone_at = undo().undone_at

    assert undo().undone_at == undone_at
    with pytest.raises(NotFoundError):
        merge_undo.undo(merge_id=0)


def _everything() -> list[list[tuple]]:
    """All that a merge may touch."""
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (Contact, Conversation, Message, OutboxItem, ConversationNote)
    ]
