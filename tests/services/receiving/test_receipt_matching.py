import pytest

from tests.factories import MessageFactory
from tests.services.receiving.steps import APPLIED, DELIVERED, READ, SENT, T0, apply, departed, said
from whatsapp.domain.updates import StatusUpdate
from whatsapp.models import Contact, Message, MessageAttempt, OutboxItem
from whatsapp.models.webhook_event import EventOutcome

pytestmark = pytest.mark.django_db


# Which message it is


def test_status_finds_its_message_by_our_uuid_before_the_wamid_is_known():
    message = departed("SENDING")

    assert apply(said(SENT, message=message)) == [APPLIED]

    message.refresh_from_db()
    assert (message.delivery_status, message.external_message_id) == ("SENT", "wamid.W")
    assert not OutboxItem.objects.exists()


def test_status_that_fits_no_message_yet_is_left_to_wait():
    other = MessageFactory()

    assert apply(said(READ)) == [None]
    assert apply(said(READ, message=Message(uuid="0" * 8 + "-0000-0000-0000-" + "0" * 12))) == [
        None
    ]

    other.refresh_from_db()
    assert other.delivery_status == "SENT"


@pytest.mark.parametrize("callback", ["order:17", "0:1", "x" * 512, "\ufffd"])
def test_callback_data_of_others_is_no_uuid(callback):
    message = MessageFactory(external_message_id="wamid.W")
    update = StatusUpdate(
        wamid="wamid.W",
        phone_number_id="",
        status=READ,
        raw_status="read",
        happened_at=T0,
        callback_data=callback,
    )

    assert apply(update) == [APPLIED]

    message.refresh_from_db()
    assert message.delivery_status == "READ"


def test_received_message_is_not_moved_by_a_status():
    message = MessageFactory(received=True, external_message_id="wamid.W")

    assert apply(said(READ)) == [None]

    message.refresh_from_db()
    assert (message.delivery_status, message.read_at) == (None, None)


def test_unknown_word_is_unsupported_and_changes_nothing():
    message = MessageFactory(external_message_id="wamid.W")

    assert apply(said(None)) == [EventOutcome.UNSUPPORTED]

    message.refresh_from_db()
    assert message.delivery_status == "SENT"


def test_batch_of_many_messages_takes_a_handful_of_statements(django_assert_max_num_queries):
    for n in range(50):
        MessageFactory(external_message_id=f"wamid.{n}")
    Contact.objects.update(has_whatsapp=True)
    words = (SENT, DELIVERED, READ)
    updates = [said(word, wamid=f"wamid.{n}", after=1) for n in range(50) for word in words]

    with django_assert_max_num_queries(9):
        apply(*updates)

    assert set(Message.objects.values_list("delivery_status", flat=True)) == {"READ"}


# Doubled sends


def test_second_wamid_of_a_doubled_send_is_noted_and_still_advances():
    message = MessageFactory(external_message_id="wamid.FIRST", attempts=2)

    told = apply(said(DELIVERED, wamid="wamid.SECOND", message=message, attempt=1))

    message.refresh_from_db()
    assert told == [APPLIED]
    assert (message.delivery_status, message.external_message_id) == ("DELIVERED", "wamid.FIRST")
    attempt = MessageAttempt.objects.get()
    assert (attempt.message, attempt.attempt, attempt.wamid) == (message, 1, "wamid.SECOND")


def test_status_of_the_second_wamid_finds_the_message_without_our_uuid():
    message = MessageFactory(external_message_id="wamid.FIRST", attempts=2)
    apply(said(DELIVERED, wamid="wamid.SECOND", message=message, attempt=1))

    assert apply(said(READ, wamid="wamid.SECOND")) == [APPLIED]

    message.refresh_from_db()
    assert message.delivery_status == "READ"


def test_wamid_of_another_row_is_not_adopted():
    other = MessageFactory(external_message_id="wamid.W")
    message = departed("UNCONFIRMED")

    apply(said(SENT, message=message))

    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.delivery_status, message.external_message_id) == ("SENT", None)
    assert other.external_message_id == "wamid.W"
