"""Sends over the API under a key: one message, however often they are repeated."""

from __future__ import annotations

import pytest

from tests.api.messages import MESSAGES, fields_at_fault
from tests.factories import ConversationFactory
from tests.sending import nothing_was_written
from whatsapp.models import Message

pytestmark = pytest.mark.django_db


def test_send_repeated_under_its_key_answers_with_the_same_message(agent):
    conversation = ConversationFactory()
    given = {"conversation": conversation.pk, "text": "Bună!"}

    first, again = (
        agent.post(f"{MESSAGES}/send", given, format="json", headers={"Idempotency-Key": "k-1"})
        for _ in range(2)
    )

    assert (first.status_code, again.status_code) == (202, 202)
    assert again["Location"] == first["Location"]
    assert again.json() == first.json()
    assert Message.objects.count() == 1


def test_key_used_for_something_else_is_a_conflict_and_sends_nothing(agent):
    conversation = ConversationFactory()
    given = {"conversation": conversation.pk, "text": "Bună!"}
    key = {"Idempotency-Key": "k-1"}
    agent.post(f"{MESSAGES}/send", given, format="json", headers=key)

    response = agent.post(
        f"{MESSAGES}/send", {**given, "text": "Altceva."}, format="json", headers=key
    )

    assert (response.status_code, response.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert Message.objects.get().message_text == "Bună!"


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_header_that_is_no_key_is_refused(agent, key):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/send",
        {"conversation": conversation.pk, "text": "Bună!"},
        format="json",
        headers={"Idempotency-Key": key},
    )

    assert fields_at_fault(response) == {"idempotency_key"}
    assert nothing_was_written()
