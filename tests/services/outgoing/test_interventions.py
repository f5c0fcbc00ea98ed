"""What a person does about a message of ours: call it back, send it again, let it be."""

from __future__ import annotations

import pytest

from tests.factories import MessageFactory, OutboxItemFactory
from whatsapp.errors import MessageNotDeliverableError, NotFoundError
from whatsapp.models import MessageAttempt, OutboxItem
from whatsapp.services import messages

pytestmark = pytest.mark.django_db


def test_pending_message_is_called_back_and_leaves_the_queue():
    row = OutboxItemFactory()

    message = messages.cancel(message_id=row.message_id)

    assert message.delivery_status == "CANCELLED"
    assert not OutboxItem.objects.exists()


@pytest.mark.parametrize("status", ["SENDING", "UNCONFIRMED", "SENT", "FAILED", "READ"])
def test_message_on_its_way_cannot_be_called_back(status):
    row = OutboxItemFactory(message__delivery_status=status)

    with pytest.raises(MessageNotDeliverableError):
        messages.cancel(message_id=row.message_id)

    assert OutboxItem.objects.count() == 1


def test_failed_message_is_sent_again_as_a_new_attempt():
    message = MessageFactory(delivery_status="FAILED", error_code=131026, error_text="No WhatsApp")
    wamid = message.external_message_id
    OutboxItemFactory(message=message, state="FAILED", retries=3)

    messages.retry(message_id=message.pk)

    message.refresh_from_db()
    row = OutboxItem.objects.get()
    assert (message.delivery_status, message.external_message_id) == ("PENDING", None)
    assert (row.state, row.retries) == ("PENDING", 0)
    assert MessageAttempt.objects.get().wamid == wamid


@pytest.mark.parametrize("status", ["PENDING", "SENT", "DELIVERED", "READ", "CANCELLED"])
def test_message_that_is_not_in_trouble_cannot_be_repeated(status):
    row = OutboxItemFactory(message__delivery_status=status, state="FAILED")

    with pytest.raises(MessageNotDeliverableError):
        messages.retry(message_id=row.message_id)

    assert OutboxItem.objects.get().state == "FAILED"


@pytest.mark.parametrize("state", ["FAILED", "HELD", "UNCONFIRMED"])
def test_dismissed_message_leaves_the_list_and_keeps_its_status(state):
    row = OutboxItemFactory(message__delivery_status="FAILED", state=state)

    message = messages.dismiss(message_id=row.message_id)

    assert message.delivery_status == "FAILED"
    assert not OutboxItem.objects.exists()


def test_waiting_message_is_not_dismissed():
    row = OutboxItemFactory()

    messages.dismiss(message_id=row.message_id)

    assert OutboxItem.objects.get() == row


@pytest.mark.parametrize("move", [messages.retry, messages.cancel, messages.dismiss])
def test_message_that_is_not_there_is_an_error(move):
    with pytest.raises(NotFoundError):
        move(message_id=404)
