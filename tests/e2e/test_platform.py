"""What Meta says by itself, from the simulator's mouth to the rows."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import wait_for
from whatsapp.models import BusinessNumber, Conversation, Message, OutboxItem
from whatsapp.services import messages
from whatsapp.services.sending import breakers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
PHONE = "+40712000177"


def test_ban_holds_messages_back_until_meta_takes_it_back(system):
    tell = system.simulator.control
    number = BusinessNumber.objects.get()

    with system.worker():
        tell("POST", "account", {"ban": "DISABLE"})
        wait_for(lambda: breakers.is_open(number_id=number.pk), what="the ban")
        system.simulator.inbound_text(PHONE, "Mai sunteți?")
        wait_for(Conversation.objects.exists, what="the customer's words")
        messages.send_text(text="Bună ziua!", conversation_id=Conversation.objects.get().pk)
        with pytest.raises(AssertionError):
            wait_for(system.simulator.ledger, what="a send in spite of the ban", timeout=3.0)

        tell("POST", "account", {"ban": "REINSTATE"})
        wait_for(system.simulator.ledger, what="what waited")
        wait_for(lambda: not OutboxItem.objects.exists(), what="the record")

    assert not breakers.is_open(number_id=number.pk)


def test_phone_app_and_stop_word_end_in_the_thread(system):
    tell = system.simulator.control

    with system.worker():
        old = [{"text": "Aveți mouse?", "timestamp": 1795000000}, {"text": "Da.", "ours": True}]
        tell("POST", "history", {"threads": [{"from": PHONE, "messages": old}]})
        tell("POST", "echo", {"from": PHONE, "text": "Vă sun eu."})
        tell("POST", "number", {"quality": "THROUGHPUT_UPGRADE", "tier": "TIER_UNLIMITED"})
        wait_for(lambda: Message.objects.count() == 3, what="history and echo")
        system.simulator.inbound_text(PHONE, "Stop!")
        wait_for(system.simulator.ledger, what="the confirmation")

    conversation = Conversation.objects.get()
    number = BusinessNumber.objects.get()
    assert (conversation.message_count, conversation.unread_count) == (5, 1)
    assert conversation.contact.marketing_consent is False
    assert (number.throughput, number.messages_per_second, number.pace) == ("HIGH", 1000, 20)
