"""Browsers of the people who meet in the admin, and the addresses of the desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.erp.factories import OrderFactory
from tests.factories import (
    ConversationFactory,
    MessageFactory,
    OutboxItemFactory,
    TemplateFactory,
    UserFactory,
)
from whatsapp.models import (
    Conversation,
    Media,
    Message,
    MessageAttempt,
    OrderNotice,
    SignalFailure,
    WebhookEvent,
)
from whatsapp.services.receiving.media import GONE


def browser_of(**given) -> Client:
    client = Client()
    client.user = UserFactory(language="en", **given)
    client.force_login(client.user)
    return client


@pytest.fixture
def agent(db) -> Client:
    return browser_of(username="ana", first_name="Ana", last_name="Marinescu", agent=True)


@pytest.fixture
def supervisor(db) -> Client:
    return browser_of(username="corina", supervisor=True)


@pytest.fixture
def outsider(db) -> Client:
    """Staff of the ERP without a role on WhatsApp."""
    return browser_of(username="dan")


@pytest.fixture
def at() -> Callable[..., str]:
    """The desk's addresses: ``at("reply", conversation)``."""

    def address(name, *rows) -> str:
        return reverse(f"admin:whatsapp_{name}", args=[row.pk for row in rows])

    return address


@pytest.fixture
def htmx() -> dict[str, str]:
    """As the page itself asks."""
    return {"HX-Request": "true"}


@pytest.fixture
def conversation(db) -> Conversation:
    return ConversationFactory()


@pytest.fixture
def say(conversation):
    """A message of the customer in the conversation."""

    def said(kind: str = "TEXT", text: str = "", content=None, **fields) -> Message:
        return MessageFactory(
            conversation=conversation,
            received=True,
            message_type=kind,
            message_text=text,
            content=content or {},
            **fields,
        )

    return said


@pytest.fixture
def page(agent, at, conversation):
    def shown(client=agent) -> str:
        return client.get(at("conversation_change", conversation)).content.decode()

    return shown


@pytest.fixture
def rows(db):
    """One of each, and what hangs on it."""
    message = MessageFactory(delivery_status="FAILED", error_text="Nu are WhatsApp")
    MessageAttempt.objects.create(message=message, attempt=1, outcome="FAILED")
    event = WebhookEvent.objects.create(
        idempotency_key="message:1",
        field="messages",
        payload='{"a": "\\u0000<b>"}',
        status="failed",
    )
    return {
        "businessnumber": message.number,
        "contact": message.contact,
        "media": Media.objects.create(
            message=message, number=message.number, media_id="9", state="FAILED", error=GONE
        ),
        "message": message,
        "ordernotice": OrderNotice.objects.create(
            order=OrderFactory(), event="order_shipped", decision="failed", message=message
        ),
        "outboxitem": OutboxItemFactory(message=message, state="FAILED"),
        "signalfailure": SignalFailure.objects.create(
            signal="message_sent", receiver="shop.take", ids={"message_ids": [7]}, error="no"
        ),
        "template": TemplateFactory(),
        "webhookevent": event,
    }
