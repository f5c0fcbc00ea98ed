"""Times that nobody can believe: Meta's clock, or somebody's on the way, is wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import webhook_bodies as bodies
from tests.factories import ContactFactory, MessageFactory
from tests.services.receiving.steps import process
from whatsapp.errors import ConversationClosedError
from whatsapp.models import Conversation, Message, WebhookEvent
from whatsapp.services import messages, webhook_events
from whatsapp.services.contacts import preferences

pytestmark = pytest.mark.django_db

YEAR_2100 = 4_102_444_800 - bodies.SECOND
SKEW = timedelta(minutes=5)


def take_in(raw: bytes) -> datetime:
    """Record and process; returns when it came."""
    webhook_events.record(body=raw)
    process()
    return WebhookEvent.objects.latest("id").received_at


def test_message_of_the_year_2100_does_not_hold_the_window_open(number):
    came_at = take_in(bodies.body(bodies.messages(bodies.text("wamid.A", at=YEAR_2100))))

    conversation = Conversation.objects.get()
    assert conversation.last_inbound_at == came_at + SKEW
    assert Message.objects.get().happened_at == came_at + SKEW
    Conversation.objects.update(last_inbound_at=conversation.last_inbound_at - timedelta(days=2))
    with pytest.raises(ConversationClosedError):
        messages.send_text(text="Bună ziua!", conversation_id=conversation.pk)


def test_message_that_is_a_little_ahead_keeps_its_time(number):
    ahead = int(datetime.now(tz=UTC).timestamp()) + 60 - bodies.SECOND

    take_in(bodies.body(bodies.messages(bodies.text("wamid.A", at=ahead))))

    seconds = Message.objects.get().happened_at.timestamp()
    assert seconds == bodies.SECOND + ahead


def test_status_of_the_year_2100_is_dated_back(number):
    message = MessageFactory(external_message_id="wamid.OUT")
    status = bodies.status("read", "wamid.OUT", at=YEAR_2100)

    came_at = take_in(bodies.body(bodies.statuses(status)))

    message.refresh_from_db()
    assert message.read_at == came_at + SKEW


def test_wish_of_the_year_2100_does_not_silence_later_ones(number):
    contact = ContactFactory(phone="+40700000001", wa_id="40700000001")
    wish = {
        "wa_id": contact.wa_id,
        "category": "marketing_messages",
        "value": "resume",
        "timestamp": bodies.SECOND + YEAR_2100,
    }
    value = {"metadata": {"phone_number_id": bodies.NUMBER}, "user_preferences": [wish]}
    came_at = take_in(bodies.body(value, field="user_preferences"))

    preferences.note_marketing(
        contact_id=contact.pk, wanted=False, at=came_at + timedelta(hours=1), source="WhatsApp"
    )

    contact.refresh_from_db()
    assert contact.marketing_consent is False
