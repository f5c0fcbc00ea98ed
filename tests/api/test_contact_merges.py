"""Merged contacts over the API: the evidence, the way back, old addresses of conversations."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.factories import ContactFactory, ConversationFactory, MessageFactory
from whatsapp.domain.updates import Person
from whatsapp.models import ContactMerge, Conversation
from whatsapp.services.contacts import people

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/whatsapp"


@pytest.fixture
def conversations(outside) -> tuple[Conversation, Conversation]:
    """The one that was kept, and the one that ended."""
    kept = ConversationFactory(contact=ContactFactory(phone="+40712000123"), message_count=1)
    ended = ConversationFactory(
        contact=ContactFactory(phone=None, wa_id=None, bsuid="RO.1"), message_count=1
    )
    for conversation in (kept, ended):
        MessageFactory(received=True, conversation=conversation)
    people.contact_for(
        person=Person(wa_id="40712000123", bsuid="RO.1"),
        at=timezone.now(),
        source="message:wamid.BOTH",
    )
    return kept, ended


def test_merge_is_listed_with_its_evidence_and_undone(supervisor, conversations):
    kept, ended = conversations

    (shown,) = supervisor.get(f"{ROOT}/contact-merges?standing=true").json()["results"]
    answer = supervisor.post(f"{ROOT}/contact-merges/{shown['id']}/undo")

    assert (shown["source"], shown["shown_wa_id"], shown["shown_bsuid"]) == (
        "message:wamid.BOTH",
        "40712000123",
        "RO.1",
    )
    assert (shown["survivor"]["id"], shown["absorbed"]["id"]) == (kept.contact_id, ended.contact_id)
    assert answer.status_code == 200
    assert answer.json()["undone_at"] is not None
    assert ContactMerge.objects.get().undone_by is not None
    assert supervisor.get(f"{ROOT}/contact-merges?standing=true").json()["results"] == []
    assert supervisor.get(f"{ROOT}/conversations/{ended.pk}").json()["id"] == ended.pk


def test_undo_that_cannot_be_says_why(supervisor, conversations):
    people.contact_for(person=Person(wa_id="40712000123", bsuid="RO.2"), at=timezone.now())

    answer = supervisor.post(f"{ROOT}/contact-merges/{ContactMerge.objects.get().pk}/undo")

    assert answer.status_code == 422
    assert answer.json()["error"]["details"] == {"reason": "moved_on"}


def test_old_address_leads_to_the_conversation_that_has_the_messages(agent, conversations):
    kept, ended = conversations

    shown = agent.get(f"{ROOT}/conversations/{ended.pk}").json()
    thread = agent.get(f"{ROOT}/conversations/{ended.pk}/messages").json()["results"]
    tagged = agent.post(
        f"{ROOT}/conversations/{ended.pk}/tags", {"tags": ["vip"]}, format="json"
    ).json()
    listed = agent.get(f"{ROOT}/conversations").json()["results"]

    assert (shown["id"], tagged["id"], tagged["tags"]) == (kept.pk, kept.pk, ["vip"])
    assert len(thread) == 2
    assert [row["id"] for row in listed] == [kept.pk]
