"""Contacts in the admin: found by any spelling, merges with their evidence, the way back."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import ContactFactory, ConversationFactory, MessageFactory
from whatsapp.domain.updates import Person
from whatsapp.models import Contact, ContactMerge
from whatsapp.services.contacts import people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]
CONTACTS = "admin:whatsapp_contact_changelist"


@pytest.fixture
def merge() -> ContactMerge:
    kept = ConversationFactory(contact=ContactFactory(phone="+40712000123", wa_id="40712000123"))
    ended = ConversationFactory(
        contact=ContactFactory(phone=None, wa_id=None, bsuid="RO.1", profile_name="Ana P.")
    )
    for conversation in (kept, ended):
        MessageFactory(received=True, conversation=conversation)
    people.contact_for(
        person=Person(wa_id="40712000123", bsuid="RO.1"),
        at=timezone.now(),
        source="message:wamid.BOTH",
    )
    return ContactMerge.objects.get()


@pytest.mark.parametrize(
    "typed", ["0712 000 123", "+40712000123", "0040 712.000.123", "40712000123", "2000123"]
)
def test_contact_is_found_by_any_spelling_of_the_number(agent, typed):
    found, other = ContactFactory(phone="+40712000123"), ContactFactory(phone="+40712000999")

    page = agent.get(reverse(CONTACTS), {"q": typed})

    assert list(page.context["cl"].queryset) == [found]
    assert other.phone not in page.content.decode()


def test_contact_is_found_by_the_other_spelling_of_meta(agent):
    found = ContactFactory(phone="+5511987654321", wa_id="551187654321")

    page = agent.get(reverse(CONTACTS), {"q": "+55 11 8765-4321"})

    assert list(page.context["cl"].queryset) == [found]


def test_contact_shows_who_it_took_in_and_on_what_evidence(supervisor, merge):
    page = supervisor.get(reverse("admin:whatsapp_contact_change", args=[merge.survivor_id]))

    assert "message:wamid.BOTH" in page.content.decode()
    assert reverse("admin:whatsapp_contactmerge_change", args=[merge.pk]) in page.content.decode()


def test_supervisor_takes_two_contacts_apart_from_the_page_of_the_merge(supervisor, merge):
    page = reverse("admin:whatsapp_contactmerge_change", args=[merge.pk])
    undo = reverse("admin:whatsapp_contactmerge_undo", args=[merge.pk])
    assert undo in supervisor.get(page).content.decode()

    answer = supervisor.post(undo)

    assert answer.url == page
    merge.refresh_from_db()
    assert merge.undone_by == supervisor.user
    assert Contact.objects.filter(merged_into=None).count() == 2
    assert undo not in supervisor.get(page).content.decode()


def test_supervisor_takes_apart_what_is_chosen_in_the_list(supervisor, merge):
    chosen = {"action": "undo", "_selected_action": [merge.pk]}

    supervisor.post(reverse("admin:whatsapp_contactmerge_changelist"), chosen)

    merge.refresh_from_db()
    assert merge.undone_at is not None


def test_agent_may_not_take_contacts_apart(agent, merge):
    answer = agent.post(reverse("admin:whatsapp_contactmerge_undo", args=[merge.pk]))

    assert answer.status_code == 403
    merge.refresh_from_db()
    assert merge.undone_at is None


def test_undo_that_cannot_be_is_refused_in_words(supervisor, merge):
    people.contact_for(person=Person(wa_id="40712000123", bsuid="RO.2"), at=timezone.now())

    answer = supervisor.post(
        reverse("admin:whatsapp_contactmerge_undo", args=[merge.pk]), follow=True
    )

    assert "somebody else&#x27;s since" in answer.content.decode()


def test_old_link_of_a_conversation_leads_to_the_one_that_has_its_messages(agent, merge):
    kept, ended = merge.record["threads"][0]["id"], merge.record["threads"][1]["id"]

    answer = agent.get(reverse("admin:whatsapp_conversation_change", args=[ended]))

    assert answer.url == reverse("admin:whatsapp_conversation_change", args=[kept])


def test_inbox_shows_no_conversation_that_a_merge_emptied(agent, merge):
    page = agent.get(reverse("admin:whatsapp_conversation_changelist"), {"box": "all"})

    assert [row.pk for row in page.context["cl"].result_list] == [merge.record["threads"][0]["id"]]
