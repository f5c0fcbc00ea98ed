"""People who hide their number, show it, and change it: one thread all along."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.e2e.conftest import wait_for
from tests.factories import ContactFactory, ConversationFactory, TemplateFactory
from whatsapp.models import Contact, ContactMerge, Conversation, Message
from whatsapp.services import delivery, messages, webhook_events

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
BSUID, PHONE, NEW_PHONE = "RO.1000000000000077", "+40712000001", "+40712000002"

ON_ITS_WAY = "Comanda {{order_number}} a plecat către dumneavoastră."


def heard(count: int) -> bool:
    webhook_events.process_due(now=timezone.now())
    return Message.objects.received().count() >= count


def is_delivered() -> bool:
    webhook_events.process_due(now=timezone.now())
    return not Message.objects.sent().exclude(delivery_status__in=("DELIVERED", "READ")).exists()


def say(text: str, conversation: Conversation) -> None:
    messages.send_text(text=text, conversation_id=conversation.pk)
    delivery.send_due(number_id=conversation.number_id)
    wait_for(is_delivered, what=text)


def test_person_without_a_number_is_answered_in_words_and_by_template(system):
    system.simulator.inbound(user_id=BSUID, username="radu.m", type="text", text="Salut")
    wait_for(lambda: heard(1), what="the first message")
    system.simulator.template("order_shipped", ON_ITS_WAY)
    TemplateFactory(components=[{"type": "BODY", "text": ON_ITS_WAY}])
    conversation = Conversation.objects.get()

    messages.send_template(
        conversation_id=conversation.pk,
        template="order_shipped",
        language="ro",
        parameters={"order_number": "C-1"},
    )
    say("Bună, Radu!", conversation)

    assert (conversation.contact.bsuid, conversation.contact.phone) == (BSUID, None)
    sent = [one["body"] for one in system.simulator.ledger()]
    assert {body["recipient"] for body in sent} == {BSUID}
    assert not any("to" in body for body in sent)
    assert len(system.simulator.chat(BSUID)["messages"]) == 3


def test_thread_goes_on_through_shown_and_changed_numbers(system):
    known = ConversationFactory(contact=ContactFactory(phone=PHONE, wa_id=None))
    system.simulator.inbound(user_id=BSUID, username="ana.p", type="text", text="Bună")
    wait_for(lambda: heard(1), what="the person without a number")
    assert Conversation.objects.live().count() == 2

    system.simulator.inbound_text(PHONE, "Eu sunt", user_id=BSUID)
    wait_for(lambda: heard(2), what="number and user id together")
    merge = ContactMerge.objects.get()
    system.simulator.control("POST", "customers/move", {"from": PHONE, "to": NEW_PHONE})
    wait_for(lambda: heard(3), what="the new number")
    system.simulator.inbound_text(NEW_PHONE, "Tot eu")
    wait_for(lambda: heard(4), what="a message from the new number")
    say("Am notat.", known)
    system.simulator.inbound_text(PHONE, "Alo?")
    wait_for(lambda: heard(5), what="a stranger at the old number")

    known.refresh_from_db()
    assert merge.shown_wa_id == PHONE.removeprefix("+")
    assert (known.contact.phone, known.message_count) == (NEW_PHONE, 5)
    assert known.unread_count == 3  # the line that tells of the new number asks for nobody
    assert Contact.objects.filter(merged_into=None).count() == 2
    stranger = Contact.objects.get(phone=PHONE)
    assert stranger.pk != known.contact_id
    assert system.simulator.ledger()[-1]["body"]["to"] == NEW_PHONE
