"""What is said and was said in the phone app."""

from __future__ import annotations

import pytest

from tests.gateway.parsing import parse_value
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.updates import Person
from whatsapp.errors import WebhookProcessingError


def test_echo_is_read_as_a_message_to_the_customer():
    message = {
        "from": "40300000000",
        "to": "40700000001",
        "id": "wamid.E",
        "timestamp": "1795000000",
        "type": "text",
        "text": {"body": "Vă sun eu."},
    }

    told = parse_value({"message_echoes": [message]}, field="smb_message_echoes")

    assert told.message.person == Person(wa_id="40700000001")
    assert (told.message.text, told.message.content, told.in_phone_app) == (
        "Vă sun eu.",
        message,
        True,
    )


def test_echo_to_nobody_cannot_be_read():
    message = {"id": "wamid.E", "timestamp": "1795000000", "type": "text"}

    with pytest.raises(WebhookProcessingError):
        parse_value({"message_echoes": [message]}, field="smb_message_echoes")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("READ", MessageStatus.READ),
        ("PLAYED", MessageStatus.READ),
        ("DELIVERED", MessageStatus.DELIVERED),
        ("ERROR", MessageStatus.FAILED),
        ("PENDING", MessageStatus.SENT),
    ],
)
def test_old_message_of_ours_has_come_as_far_as_its_history_says(word, status):
    message = {
        "from": "40300000000",
        "to": "40700000001",
        "id": "wamid.E",
        "timestamp": "1795000000",
        "type": "text",
        "history_context": {"status": word},
    }
    thread = {"id": "+40 700 000 001", "messages": [message]}

    told = parse_value({"history": [{"threads": [thread]}]}, field="history")

    assert (told.status, told.message.person.wa_id) == (status, "40700000001")
