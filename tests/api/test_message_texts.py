"""Texts and templates sent over the API, and what is refused of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.messages import MESSAGES, fields_at_fault
from tests.erp.factories import OrderFactory
from tests.factories import (
    BusinessNumberFactory,
    ConversationFactory,
    MessageFactory,
    TemplateFactory,
)
from tests.sending import PARAMETERS, nothing_was_written
from whatsapp.models import Message, OutboxItem

pytestmark = pytest.mark.django_db


def test_text_is_queued_and_answered_with_the_message_and_its_address(agent, agent_user):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/send", {"conversation": conversation.pk, "text": "Bună!"}, format="json"
    )

    assert response.status_code == 202
    message = Message.objects.get()
    assert response["Location"] == f"{MESSAGES}/{message.pk}"
    assert OutboxItem.objects.get().message_id == message.pk
    body = response.json()
    assert body == {
        "id": message.pk,
        "uuid": str(message.uuid),
        "direction": "SENT",
        "type": "TEXT",
        "text": "Bună!",
        "reply_to_wamid": "",
        "forwarded": None,
        "product": None,
        "referral": None,
        "reactions": [],
        "earlier_texts": [],
        "deleted_at": None,
        "answers": [],
        "basket": None,
        "troubles": [],
        "status": "PENDING",
        "error": None,
        "phone_number": conversation.contact.phone,
        "conversation": conversation.pk,
        "contact": conversation.contact_id,
        "number": conversation.number_id,
        "template": None,
        "reply_to": None,
        "content": {"kind": "text", "body": "Bună!", "preview_url": False},
        "media": None,
        "customer_id": None,
        "user_id": agent_user.pk,
        "order_id": None,
        "quote_id": None,
        "supplier_order_id": None,
        "external_message_id": None,
        "attempts": 0,
        "happened_at": body["happened_at"],
        "created_at": body["created_at"],
        "sent_at": None,
        "delivered_at": None,
        "read_at": None,
        "played_at": None,
        "failed_at": None,
        "send_at": None,
        "expires_at": body["expires_at"],
    }


def test_everything_a_text_may_carry_arrives_on_the_row(agent):
    conversation, order = ConversationFactory(), OrderFactory()
    question = MessageFactory(conversation=conversation, received=True)
    later = datetime.now(tz=UTC) + timedelta(hours=3)

    response = agent.post(
        f"{MESSAGES}/send",
        {
            "contact": conversation.contact_id,
            "number": conversation.number_id,
            "text": " da ",
            "order_id": order.pk,
            "reply_to": question.pk,
            "send_at": later.isoformat(),
        },
        format="json",
    )

    assert response.status_code == 202
    message = Message.objects.get(pk=response.json()["id"])
    assert (message.order_id, message.reply_to_id) == (order.pk, question.pk)
    assert message.conversation_id == conversation.pk
    assert message.message_text == " da "
    assert OutboxItem.objects.get().next_attempt_at == later


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, {"text"}),
        ({"text": "Bună!"}, {"phone_number"}),
        ({"text": "Bună!", "phone_number": "0722000111", "conversation": 1}, {"phone_number"}),
        ({"text": "", "conversation": 1}, {"text"}),
        ({"text": "x" * 4097, "conversation": 1}, {"text"}),
        ({"text": "Bună!", "conversation": "x", "order_id": 404}, {"conversation", "order_id"}),
        ({"text": "Bună!", "conversation": 1, "send_at": "mâine"}, {"send_at"}),
    ],
)
def test_text_that_makes_no_sense_is_refused_by_field(agent, given, fields):
    BusinessNumberFactory()

    response = agent.post(f"{MESSAGES}/send", given, format="json")

    assert fields_at_fault(response) == fields
    assert nothing_was_written()


@pytest.mark.parametrize(
    ("given", "status", "code", "details"),
    [
        (
            {"phone_number": "0722"},
            400,
            "invalid_phone",
            {"reason": "too_short", "phone": "***"},
        ),
        ({"phone_number": "0722123456"}, 422, "conversation_closed", {"reason": "window_closed"}),
        ({"conversation": 404}, 404, "not_found", {"field": "conversation"}),
        ({"contact": 404}, 404, "not_found", {"field": "contact"}),
    ],
)
def test_rule_that_forbids_the_text_answers_with_its_own_code(agent, given, status, code, details):
    BusinessNumberFactory()

    response = agent.post(f"{MESSAGES}/send", {"text": "Bună!", **given}, format="json")

    assert response.status_code == status
    error = response.json()["error"]
    assert (error["code"], error["details"]) == (code, details)
    assert nothing_was_written()


def test_archived_conversation_takes_no_text(agent):
    conversation = ConversationFactory(status="ARCHIVED")

    response = agent.post(
        f"{MESSAGES}/send", {"conversation": conversation.pk, "text": "Bună!"}, format="json"
    )

    assert response.status_code == 422
    assert response.json()["error"]["details"] == {"reason": "archived"}
    assert nothing_was_written()


def test_template_is_sent_to_a_phone_number_at_any_time(agent):
    BusinessNumberFactory()
    template = TemplateFactory()

    response = agent.post(
        f"{MESSAGES}/template",
        {"phone_number": "0722 123 456", "template": "order_shipped", "parameters": PARAMETERS},
        format="json",
    )

    assert response.status_code == 202
    body = response.json()
    assert (body["type"], body["phone_number"], body["template"]) == (
        "TEMPLATE",
        "+40722123456",
        template.pk,
    )
    assert body["text"].startswith("Bună ziua, Ana! Comanda C-2026-00042")


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"parameters": {"customer": "Ana"}}, 400, "template_validation"),
        ({"language": "hu"}, 404, "not_found"),
        ({"template": "never_made"}, 404, "not_found"),
    ],
)
def test_template_that_cannot_be_sent_is_refused(agent, given, status, code):
    BusinessNumberFactory()
    TemplateFactory()
    asked = {"phone_number": "0722123456", "template": "order_shipped", "parameters": PARAMETERS}

    response = agent.post(f"{MESSAGES}/template", {**asked, **given}, format="json")

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert nothing_was_written()


def test_template_meta_has_not_approved_is_refused_with_its_status(agent):
    BusinessNumberFactory()
    TemplateFactory(status="PAUSED")

    response = agent.post(
        f"{MESSAGES}/template",
        {"phone_number": "0722123456", "template": "order_shipped", "parameters": PARAMETERS},
        format="json",
    )

    assert response.status_code == 422
    error = response.json()["error"]
    assert (error["code"], error["details"]) == ("template_not_approved", {"status": "PAUSED"})


@pytest.mark.parametrize(("asked", "preview"), [({}, True), ({"preview_url": False}, False)])
def test_link_is_previewed_unless_the_client_says_no(agent, asked, preview):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/send",
        {"conversation": conversation.pk, "text": "https://shop.example/c/1", **asked},
        format="json",
    )

    assert response.json()["content"]["preview_url"] is preview
