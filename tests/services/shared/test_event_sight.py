"""Where agents see only their own: each handing over is logged, with whose it was and is."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.factories import ContactFactory, ConversationFactory, UserFactory
from whatsapp.domain.updates import Person
from whatsapp.models import Change, ContactMerge
from whatsapp.services import conversations
from whatsapp.services.contacts import people
from whatsapp.services.contacts.merge_undo import undo

pytestmark = pytest.mark.django_db


def handings() -> list[tuple[list[int], int | None, int | None]]:
    rows = Change.objects.filter(kind="conversation_hidden").order_by("id")
    return list(rows.values_list("ids", "was_with", "is_with"))


def test_handing_over_is_logged_with_whose_it_was_where_agents_see_their_own(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}
    one, other = (UserFactory(agent=True, role="user") for _ in range(2))
    row = ConversationFactory()

    for user in (one, one, other, None, one):
        conversations.assign(conversation_id=row.pk, user_id=user and user.pk)
    conversations.resolve(conversation_id=row.pk)
    conversations.reopen(conversation_id=row.pk)  # it is nobody's again

    assert handings() == [
        ([row.pk], None, one.pk),
        ([row.pk], one.pk, other.pk),
        ([row.pk], None, one.pk),
    ]


def test_merge_and_its_undoing_log_whom_they_take_a_conversation_from(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}
    mine, theirs = (UserFactory(agent=True, role="user") for _ in range(2))
    known = ContactFactory(phone="+40712000001", wa_id="40712000001")
    shown = ContactFactory(phone=None, wa_id=None, bsuid="RO.1")
    kept = ConversationFactory(contact=known)
    ended = ConversationFactory(
        contact=shown, number=kept.number, assigned_to=theirs, status="ASSIGNED"
    )
    person = Person(wa_id="40712000001", bsuid="RO.1")

    people.contact_for(person=person, at=timezone.now(), source="message:wamid.X")
    kept.refresh_from_db()
    assert kept.assigned_to_id == theirs.pk
    assert handings() == [([kept.pk], None, theirs.pk)]
    conversations.assign(conversation_id=kept.pk, user_id=mine.pk)
    undo(merge_id=ContactMerge.objects.get().pk)

    ended.refresh_from_db()
    assert ended.assigned_to_id == theirs.pk
    assert handings()[1:] == [([kept.pk], theirs.pk, mine.pk)]
