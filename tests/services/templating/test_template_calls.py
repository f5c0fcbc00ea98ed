"""Templates sent to one: outside the window too, and refused where Meta would refuse them."""

from __future__ import annotations

import pytest

from tests.factories import BusinessNumberFactory, ContactFactory, TemplateFactory
from tests.sending import PARAMETERS, nothing_was_written
from whatsapp.domain.retry import Priority
from whatsapp.errors import (
    MessageNotDeliverableError,
    TemplateNotApprovedError,
    TemplateValidationError,
)
from whatsapp.models import Conversation, OutboxItem
from whatsapp.services import messages

pytestmark = pytest.mark.django_db


def test_template_outside_the_window_is_queued_with_its_parameters():
    BusinessNumberFactory()
    template = TemplateFactory()

    message = messages.send_template(
        template="order_shipped",
        language="ro",
        parameters=PARAMETERS,
        phone_number="+40712000123",
        priority=Priority.NOTICE,
    )

    message.refresh_from_db()
    assert message.template_id == template.pk
    assert "C-2026-00042" in message.message_text
    assert message.content["components"] == [
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "customer", "text": "Ana"},
                {"type": "text", "parameter_name": "order_number", "text": "C-2026-00042"},
            ],
        }
    ]
    assert OutboxItem.objects.get().priority == Priority.NOTICE


def test_a_notice_creates_a_conversation_that_asks_for_nobody():
    BusinessNumberFactory()
    TemplateFactory()

    messages.send_template(
        template="order_shipped", language="ro", parameters=PARAMETERS, phone_number="+40712000123"
    )

    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.unread_count) == ("RESOLVED", 0)
    assert conversation.waiting_since is None


@pytest.mark.parametrize("status", ["DRAFT", "PENDING", "REJECTED", "PAUSED", "DISABLED"])
def test_template_that_meta_would_refuse_is_refused_first(status):
    BusinessNumberFactory()
    TemplateFactory(status=status)

    with pytest.raises(TemplateNotApprovedError):
        messages.send_template(
            template="order_shipped",
            language="ro",
            parameters=PARAMETERS,
            phone_number="+40712000123",
        )

    assert nothing_was_written()


@pytest.mark.parametrize(
    "parameters",
    [{}, {"customer": "Ana"}, {**PARAMETERS, "x": "1"}, {**PARAMETERS, "customer": " "}],
)
def test_parameters_that_do_not_fit_are_refused(parameters):
    BusinessNumberFactory()
    TemplateFactory()

    with pytest.raises(TemplateValidationError):
        messages.send_template(
            template="order_shipped",
            language="ro",
            parameters=parameters,
            phone_number="+40712000123",
        )

    assert nothing_was_written()


def test_marketing_to_someone_who_opted_out_is_refused():
    BusinessNumberFactory()
    TemplateFactory(category="MARKETING")
    contact = ContactFactory(marketing_consent=False)

    with pytest.raises(MessageNotDeliverableError) as refusal:
        messages.send_template(
            template="order_shipped", language="ro", parameters=PARAMETERS, contact_id=contact.pk
        )

    assert refusal.value.details["reason"] == "opted_out"
    assert nothing_was_written()
