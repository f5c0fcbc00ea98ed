"""Two contacts that were one are two people again, with everything they had."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from tests.erp.factories import CustomerFactory
from tests.factories import ContactFactory, MessageFactory, OutboxItemFactory, UserFactory
from tests.services.pairs import BSUID, WA_ID, show_both, texts, thread
from tests.services.receiving.steps import T0
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
from whatsapp.services.contacts import merge_undo, people
from whatsapp.services.dialogue import threads

pytestmark = pytest.mark.django_db


def undo(**more) -> ContactMerge:
    return merge_undo.undo(merge_id=ContactMerge.objects.latest("pk").pk, **more)


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
