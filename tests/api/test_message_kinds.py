"""Places, people and reactions sent over the API."""

from __future__ import annotations

import pytest

from tests.api.messages import MESSAGES, fields_at_fault
from tests.factories import ConversationFactory, MessageFactory
from tests.sending import nothing_was_written
from whatsapp.models import OutboxItem

pytestmark = pytest.mark.django_db


def test_place_is_queued(agent):
    conversation = ConversationFactory()
    place = {"latitude": 44.4268, "longitude": 26.1025, "name": "Magazin", "address": "Unirii 1"}

    response = agent.post(
        f"{MESSAGES}/location", {"conversation": conversation.pk, **place}, format="json"
    )

    assert response.status_code == 202
    assert response.json()["type"] == "LOCATION"
    assert response.json()["content"] == {"kind": "location", **place}


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"latitude": 91, "longitude": 0}, {"latitude"}),
        ({"latitude": "nan", "longitude": 0}, {"latitude"}),
        ({"latitude": 0, "longitude": "inf"}, {"longitude"}),
        ({"latitude": 0}, {"longitude"}),
        ({"latitude": 0, "longitude": 0, "name": "x" * 1025}, {"name"}),
    ],
)
def test_place_that_is_none_is_refused_by_field(agent, given, fields):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/location", {"conversation": conversation.pk, **given}, format="json"
    )

    assert fields_at_fault(response) == fields
    assert nothing_was_written()


def test_people_are_queued_with_what_is_known_of_them(agent):
    conversation = ConversationFactory()
    card = {
        "name": {"formatted_name": "Ana Popescu", "first_name": "Ana"},
        "phones": [{"phone": "+40 722 123 456", "wa_id": "40722123456"}],
        "emails": [{"email": "ana@shop.example"}],
        "addresses": [{"city": "București", "country_code": "RO"}],
        "org": {"company": "Cypher"},
        "birthday": "1990-05-01",
    }

    response = agent.post(
        f"{MESSAGES}/contacts",
        {"conversation": conversation.pk, "contacts": [card]},
        format="json",
    )

    assert response.status_code == 202
    assert (response.json()["type"], response.json()["text"]) == ("CONTACTS", "Ana Popescu")
    [kept] = response.json()["content"]["contacts"]
    assert (kept["phones"][0]["wa_id"], kept["org"]["company"]) == ("40722123456", "Cypher")


@pytest.mark.parametrize(
    ("contacts", "fields"),
    [
        ([], {"contacts"}),
        ([{"name": {"first_name": "Ana"}}], {"contacts"}),
        ([{"name": {"formatted_name": "Ana"}, "phones": [{}]}], {"contacts"}),
        (
            [{"name": {"formatted_name": "Ana"}, "birthday": "1 mai"}],
            {"contacts.0.birthday"},
        ),
    ],
)
def test_people_without_what_matters_are_refused_by_field(agent, contacts, fields):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/contacts",
        {"conversation": conversation.pk, "contacts": contacts},
        format="json",
    )

    assert fields_at_fault(response) == fields
    assert nothing_was_written()


@pytest.mark.parametrize("emoji", ["👍", ""])
def test_reaction_is_queued_for_its_messages_conversation(agent, emoji):
    asked = MessageFactory(received=True)

    response = agent.post(
        f"{MESSAGES}/reaction", {"message": asked.pk, "emoji": emoji}, format="json"
    )

    assert response.status_code == 202
    said = response.json()
    assert (said["type"], said["text"], said["reply_to"]) == ("REACTION", emoji, asked.pk)
    assert said["conversation"] == asked.conversation_id


def test_reaction_to_what_meta_never_took_is_refused(agent):
    waiting = MessageFactory(pending=True)

    response = agent.post(
        f"{MESSAGES}/reaction", {"message": waiting.pk, "emoji": "👍"}, format="json"
    )

    assert response.status_code == 422
    assert response.json()["error"]["details"] == {"reason": "not_at_meta"}
    assert not OutboxItem.objects.exists()


def test_word_is_no_reaction(agent):
    asked = MessageFactory(received=True)

    response = agent.post(
        f"{MESSAGES}/reaction", {"message": asked.pk, "emoji": "da"}, format="json"
    )

    assert fields_at_fault(response) == {"emoji"}
    assert not OutboxItem.objects.exists()
