"""Papers of the ERP over the API."""

from __future__ import annotations

import pytest

from tests.erp.factories import CustomerFactory, QuoteLineFactory
from tests.factories import UserFactory
from tests.services.papers import writes_to_us
from whatsapp import testing
from whatsapp.models import Message
from whatsapp.services import conversations

pytestmark = pytest.mark.django_db
DOCUMENT = "/api/v1/whatsapp/messages/document"


@pytest.fixture
def quote(settings):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "DOCUMENT_MAKER": "whatsapp.testing.InMemoryDocuments",
    }
    writes_to_us()
    return QuoteLineFactory(quote__customer=CustomerFactory(phone="0700 000 001")).quote


def ask(client, quote, **more):
    headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
    values = {"kind": "quote", "document_id": quote.pk, **more}
    return client.post(DOCUMENT, values, format="json", headers=headers)


def test_quote_is_queued_in_the_users_name(agent, agent_user, quote):
    response = ask(agent, quote)

    message = Message.objects.get()
    assert response.status_code == 202
    assert response["Location"].endswith(f"/messages/{message.pk}")
    assert response.json()["quote_id"] == quote.pk
    assert (message.user_id, message.message_type) == (agent_user.pk, "INTERACTIVE")


def test_asked_twice_it_answers_with_the_same_message(agent, quote):
    assert ask(agent, quote).json()["id"] == ask(agent, quote).json()["id"]
    assert Message.objects.count() == 1


def test_again_is_a_second_one_and_its_key_makes_it_one(agent, quote):
    ask(agent, quote)

    second = ask(agent, quote, again=True, key="k")
    third = ask(agent, quote, again=True, key="k")

    assert second.json()["id"] == third.json()["id"]
    assert Message.objects.count() == 2


def test_a_paper_that_cannot_be_made_is_a_502_in_words(agent, quote):
    testing.document_maker().error = RuntimeError("no ink")

    response = ask(agent, quote)

    assert (response.status_code, response.json()["error"]["code"]) == (502, "document")
    assert not Message.objects.exists()


def test_what_the_erp_does_not_have_is_not_found(agent, quote):
    response = agent.post(DOCUMENT, {"kind": "quote", "document_id": 9}, format="json")

    assert response.status_code == 404


@pytest.mark.parametrize("wrong", [{"kind": "letter"}, {"document_id": 0}, {"document_id": "x"}])
def test_a_wrong_request_names_the_field(agent, quote, wrong):
    response = ask(agent, quote, **wrong)

    assert response.status_code == 400
    assert set(response.json()["error"]["details"]["fields"]) == set(wrong)


def test_messages_can_be_listed_by_quote(agent, quote):
    ask(agent, quote)

    found = agent.get(f"/api/v1/whatsapp/messages?quote={quote.pk}").json()["results"]
    others = agent.get("/api/v1/whatsapp/messages?quote=999999").json()["results"]

    assert ([one["quote_id"] for one in found], others) == ([quote.pk], [])


@pytest.mark.parametrize("more", [{}, {"key": "k"}])
def test_paper_in_a_colleagues_conversation_is_not_shown(settings, client_of, quote, more):
    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}
    ours, theirs = UserFactory(agent=True, role="user"), UserFactory(agent=True, role="user")
    sent = ask(client_of(theirs), quote).json()
    conversations.assign(conversation_id=sent["conversation"], user_id=theirs.pk)

    refused = ask(client_of(ours), quote, **more)

    assert refused.status_code == 422
    assert refused.json()["error"]["details"] == {"reason": "colleagues_conversation"}
    assert "Location" not in refused
    assert ask(client_of(theirs), quote).json()["id"] == sent["id"]
    assert Message.objects.count() == 1
