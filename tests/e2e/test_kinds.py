"""Every kind of message, from its service to the customer's phone and back as a status."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from tests.e2e.conftest import wait_for
from whatsapp.domain.content import (
    Button,
    Buttons,
    CardName,
    ContactCard,
    Header,
    LinkButton,
    LocationRequest,
    MediaKind,
)
from whatsapp.models import Conversation, Media, Message, OutboxItem, WebhookEvent
from whatsapp.services import delivery, messages, webhook_events
from whatsapp.services.dialogue import amendments
from whatsapp.services.outgoing import uploads
from whatsapp.services.receiving import media

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
PHONE = "+40712000001"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


@pytest.fixture
def conversation(system) -> Conversation:
    system.simulator.inbound_text(PHONE, "Bună!", name="Ana Popescu")
    wait_for(heard, what="the customer's message")
    return Conversation.objects.get()


def heard() -> bool:
    webhook_events.process_due(now=timezone.now())
    return Message.objects.received().exists()


def leave(conversation: Conversation) -> None:
    """Do what the workers do, in this process."""
    uploads.upload_due(now=timezone.now())
    delivery.send_due(number_id=conversation.number_id)


def is_delivered() -> bool:
    webhook_events.process_due(now=timezone.now())
    waiting = Message.objects.sent().exclude(message_type="REACTION")
    return not waiting.filter(delivery_status__in=("PENDING", "SENDING", "SENT")).exists()


def test_every_kind_reaches_the_phone(system, conversation):
    to = {"conversation_id": conversation.pk}
    asked = Message.objects.received().get()
    question = Buttons(
        body="Acesta?", buttons=(Button(id="da", title="Da"),), header=Header(text="Comanda 42")
    )
    link = LinkButton(body="Pe drum.", title="Urmăriți", url="https://curier.example/42")
    messages.send_text(text="Vedeți https://shop.example/c/1", reply_to_id=asked.pk, **to)
    messages.send_media(kind=MediaKind.IMAGE, file=ContentFile(PNG, name="a.png"), **to)
    messages.send_location(latitude=44.4268, longitude=26.1025, name="Magazin", **to)
    messages.send_contacts(contacts=[ContactCard(name=CardName(formatted_name="Ana Pop"))], **to)
    messages.send_interactive(content=question, **to)
    messages.send_interactive(content=link, **to)
    messages.send_interactive(content=LocationRequest(body="Unde livrăm?"), **to)
    messages.send_reaction(message_id=asked.pk, emoji="👍")

    leave(conversation)
    wait_for(is_delivered, what="all delivered")

    assert not OutboxItem.objects.exists()
    assert {message.error_text for message in Message.objects.sent()} == {""}
    first, *shown = system.simulator.chat("40712000001")["messages"]
    assert first["reaction"] == "👍"
    assert {one["type"] for one in shown} == {
        *("text", "image", "location", "contacts", "interactive")
    }
    assert next(one for one in shown if one["type"] == "text")["preview"]


def test_same_picture_is_uploaded_once_and_shown_twice(system, conversation):
    for _ in range(2):
        file = ContentFile(PNG, name="a.png")
        messages.send_media(kind=MediaKind.IMAGE, file=file, conversation_id=conversation.pk)
        leave(conversation)
    wait_for(is_delivered, what="both delivered")

    posted = [call for call in system.simulator.requests() if call["path"].endswith("/media")]
    assert len(posted) == 1
    assert Media.objects.values("media_id").distinct().count() == 1
    pictures = system.simulator.chat("40712000001")["messages"][1:]
    assert [one["media"] for one in pictures] == [pictures[0]["media"]] * 2


def test_every_kind_a_customer_sends_arrives_in_any_order(system, conversation):
    phone = system.simulator
    phone.fault("hold")
    first = phone.inbound_text(PHONE, "Vreau 5")["id"]
    second = phone.inbound_text(PHONE, "Secret")["id"]
    for kind in ("image", "audio", "document", "sticker", "video"):
        phone.inbound_media(PHONE, kind)
    for said in (
        {"type": "edit", "reply_to": first, "text": "Vreau 50"},
        {"type": "revoke", "reply_to": second},
        {"type": "reaction", "reply_to": first, "emoji": "👍"},
        *({"type": each} for each in ("order", "flow", "call_permission", "identity_change")),
        {"type": "lost_media"},
        {"type": "unsupported", "unsupported": {"type": "poll"}},
        {"type": "text", "text": "a", "ad": True, "forwarded": "often", "reply_to": "wamid.LOST"},
    ):
        phone.inbound(from_=PHONE, **said)
    phone.release(order="reverse")

    def all_here() -> bool:
        webhook_events.process_due(now=timezone.now())
        return Message.objects.received().count() == 18

    wait_for(all_here, what="every message")
    media.fetch_due(now=timezone.now())

    rows = {row.external_message_id: row for row in Message.objects.received()}
    became = amendments.of(rows.values())
    assert became[rows[first].pk].text("Vreau 5") == "Vreau 50"
    assert [one.emoji for one in became[rows[first].pk].reactions] == ["👍"]
    assert became[rows[second].pk].revoked_at is not None
    assert Message.objects.exclude(waits_for=None).get().waits_for == "wamid.LOST"
    assert {row.state for row in Media.objects.all()} == {"READY"}
    assert not WebhookEvent.objects.exclude(status="processed").exists()


def test_typing_shows_on_the_phone(system, conversation):
    messages.queue_typing(conversation_id=conversation.pk)

    leave(conversation)

    assert system.simulator.chat("40712000001")["typing"] is True
    assert not OutboxItem.objects.exists()
