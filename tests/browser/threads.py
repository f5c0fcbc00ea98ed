"""A customer who writes, and the thread an agent opens."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.factories import BusinessNumberFactory
from whatsapp.domain.updates import InboundMessage, Person
from whatsapp.models import Conversation, Message
from whatsapp.services import inbox


def customer_writes(text: str) -> Conversation:
    """Take a message in, as the webhook's processor does."""
    number = BusinessNumberFactory()
    now = timezone.now()
    update = InboundMessage(
        wamid=f"wamid.{Message.objects.count()}",
        phone_number_id=number.phone_number_id,
        person=Person(wa_id="40712000001", profile_name="Ioana Mureșan"),
        happened_at=now,
        message_type="TEXT",
        text=text,
        content={},
    )
    with transaction.atomic():
        inbox.receive(updates=[update], now=now)
    return Message.objects.get(external_message_id=update.wamid).conversation


def open_thread(desk: Page, conversation: Conversation) -> None:
    desk.goto(f"/admin/whatsapp/conversation/{conversation.pk}/change/")
    expect(desk.locator("#wa-thread")).to_be_visible()
