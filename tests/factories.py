"""Rows for tests. Each is the smallest true one; a test states what matters to it."""

from __future__ import annotations

from datetime import timedelta

import factory
from django.contrib.auth import get_user_model
from django.utils import timezone

from whatsapp.models import (
    BusinessNumber,
    Contact,
    Conversation,
    Message,
    OutboxItem,
    Template,
)

SHIPPED = (
    {
        "type": "BODY",
        "text": "Bună ziua, {{customer}}! Comanda {{order_number}} a plecat spre dumneavoastră.",
        "example": {
            "body_text_named_params": [
                {"param_name": "customer", "example": "Ana"},
                {"param_name": "order_number", "example": "C-2026-00001"},
            ]
        },
    },
)


class UserFactory(factory.django.DjangoModelFactory):
    """A member of staff; the ERP maps the role to our groups."""

    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda n: f"user{n}")
    is_staff = True

    class Params:
        agent = factory.Trait(role="user")
        supervisor = factory.Trait(role="admin")


class BusinessNumberFactory(factory.django.DjangoModelFactory):
    """The number the test settings name; the default one."""

    class Meta:
        model = BusinessNumber
        django_get_or_create = ("phone_number_id",)

    phone_number_id = "555000000000001"
    waba_id = "777000000000001"
    display_number = "+40 300 000 000"
    name = "Magazin"
    is_default = True


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Contact

    phone = factory.Sequence(lambda n: f"+4071200{n:04d}")
    wa_id = factory.LazyAttribute(lambda contact: (contact.phone or "").lstrip("+") or None)
    profile_name = "Ana Popescu"


class ConversationFactory(factory.django.DjangoModelFactory):
    """Open, with the 24-hour window open since a minute."""

    class Meta:
        model = Conversation

    number = factory.SubFactory(BusinessNumberFactory)
    contact = factory.SubFactory(ContactFactory)
    status = "OPEN"
    last_inbound_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=1))
    last_message_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=1))


class TemplateFactory(factory.django.DjangoModelFactory):
    """Approved; takes ``customer`` and ``order_number``."""

    class Meta:
        model = Template

    waba_id = "777000000000001"
    name = "order_shipped"
    language = "ro"
    category = "UTILITY"
    parameter_format = "NAMED"
    components = factory.LazyFunction(lambda: [dict(part) for part in SHIPPED])
    status = "APPROVED"
    meta_id = factory.Sequence(lambda n: str(880000000000001 + n))


class MessageFactory(factory.django.DjangoModelFactory):
    """A text of ours, accepted by Meta."""

    class Meta:
        model = Message

    conversation = factory.SubFactory(ConversationFactory)
    number = factory.SelfAttribute("conversation.number")
    contact = factory.SelfAttribute("conversation.contact")
    phone_number = factory.SelfAttribute("contact.phone")
    direction = "SENT"
    message_type = "TEXT"
    message_text = "Bună ziua!"
    content = factory.LazyAttribute(lambda message: {"kind": "text", "body": message.message_text})
    delivery_status = "SENT"
    external_message_id = factory.Sequence(lambda n: f"wamid.OUT{n:06d}")
    attempts = 1
    happened_at = factory.LazyFunction(timezone.now)
    sent_at = factory.SelfAttribute("happened_at")
    expires_at = factory.LazyAttribute(lambda message: message.happened_at + timedelta(hours=24))

    class Params:
        pending = factory.Trait(
            delivery_status="PENDING", external_message_id=None, attempts=0, sent_at=None
        )
        received = factory.Trait(
            direction="RECEIVED",
            delivery_status=None,
            external_message_id=factory.Sequence(lambda n: f"wamid.IN{n:06d}"),
            sent_at=None,
            attempts=0,
            expires_at=None,
            message_text="Unde este comanda mea?",
        )


class OutboxItemFactory(factory.django.DjangoModelFactory):
    """The row of a message that waits, due now."""

    class Meta:
        model = OutboxItem

    message = factory.SubFactory(MessageFactory, pending=True)
    number = factory.SelfAttribute("message.number")
    contact = factory.SelfAttribute("message.contact")
    next_attempt_at = factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1))
