"""Many messages at once, as a broadcast or a busy shop would write them."""

from __future__ import annotations

from django.db import transaction

from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    OutboxItemFactory,
    TemplateFactory,
)
from whatsapp import queue
from whatsapp.domain.retry import Priority
from whatsapp.models import BusinessNumber, Contact, Conversation, Message, OutboxItem, Template

TEMPLATE = "fault_suite"
TEXT = "Bună ziua! Comanda dumneavoastră a plecat."
PHONES = 700_000  # +4073…: nobody's magic number


def number(*, limit: int, **more: object) -> BusinessNumber:
    """The business number, at this many messages a second."""
    made: BusinessNumber = BusinessNumberFactory(messages_per_second=limit, **more)
    return made


def template() -> Template:
    """One without parameters, that needs no open window; the simulator has it too."""
    made: Template = TemplateFactory(name=TEMPLATE, components=[{"type": "BODY", "text": TEXT}])
    return made


@transaction.atomic
def write(
    count: int,
    *,
    sender: BusinessNumber,
    priority: Priority = Priority.NOTICE,
    wake: bool = True,
) -> list[Message]:
    """Queue one message to each of as many new customers, in a handful of statements."""
    first = PHONES + Contact.objects.count()
    said = Template.objects.filter(name=TEMPLATE).first() or template()
    contacts = Contact.objects.bulk_create(
        ContactFactory.build(phone=f"+4073{first + n:07d}") for n in range(count)
    )
    conversations = Conversation.objects.bulk_create(
        ConversationFactory.build(number=sender, contact=contact) for contact in contacts
    )
    messages = Message.objects.bulk_create(
        MessageFactory.build(
            pending=True,
            conversation=conversation,
            template=said,
            message_type="TEMPLATE",
            message_text=TEXT,
            content={
                "kind": "template",
                "name": TEMPLATE,
                "language": "ro",
                "components": [],
                "rendered": TEXT,
            },
        )
        for conversation in conversations
    )
    OutboxItem.objects.bulk_create(
        OutboxItemFactory.build(message=message, priority=priority.value) for message in messages
    )
    if wake:
        queue.enqueue(queue.SEND_DUE, number_id=sender.pk)
    return messages
