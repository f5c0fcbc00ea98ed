"""What Meta took twice is shown: in the list of messages, on the message, in the thread."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import ConversationFactory, MessageFactory
from whatsapp.models import Message, MessageAttempt

pytestmark = pytest.mark.django_db


@pytest.fixture
def doubled() -> Message:
    message = MessageFactory(external_message_id="wamid.2", attempts=2, delivery_status="DELIVERED")
    note(message, "DOUBLED")
    return message


def note(message: Message, outcome: str) -> None:
    MessageAttempt.objects.create(message=message, attempt=1, outcome=outcome, wamid="wamid.1")


def shown(browser, name, row=None, **query) -> str:
    address = reverse(f"admin:whatsapp_{name}", args=[row.pk] if row else [])
    return browser.get(address, query).content.decode()


def test_message_tells_its_attempts_in_words(supervisor, doubled):
    page = shown(supervisor, "message_change", doubled)

    assert "Reached the customer too" in page
    assert "WhatsApp never answered, so it was sent again; then both arrived." in page


def test_ordinary_message_tells_of_nothing(agent):
    page = shown(agent, "message_change", MessageFactory())

    assert "WhatsApp never answered" not in page


def test_list_of_messages_finds_them(agent, doubled):
    MessageFactory()
    refused = MessageFactory(attempts=2)
    note(refused, "FAILED")

    rows = agent.get(reverse("admin:whatsapp_message_changelist"), {"twice": "yes"})

    assert list(rows.context["cl"].result_list) == [doubled]


@pytest.mark.parametrize(
    ("outcome", "badge", "words"),
    [
        ("DOUBLED", "Arrived twice", "then both arrived"),
        ("SURPRISE", "Sent twice", "both are on their way"),
    ],
)
def test_bubble_has_a_badge_and_explains_it(agent, outcome, badge, words):
    message = MessageFactory(conversation=ConversationFactory())
    note(message, outcome)

    page = shown(agent, "conversation_change", message.conversation)

    assert f"<b>{badge}</b>" in page
    assert words in page


def test_bubble_of_an_ordinary_message_has_none(agent):
    message = MessageFactory()
    note(message, "UNCONFIRMED")

    page = shown(agent, "conversation_change", message.conversation)

    assert "wa-twice" not in page


def test_badge_comes_to_an_open_page(agent, at, htmx):
    message = MessageFactory()
    conversation = message.conversation
    note(message, "DOUBLED")

    news = agent.get(
        at("desk_news", conversation),
        {"after": message.pk, "seen": f"{message.pk}:SENT"},
        headers=htmx,
    ).content.decode()

    assert "<b>Arrived twice</b>" in news
