"""Old chats of the phone app: quietly in the right threads, once."""

import pytest

from tests import webhook_bodies as bodies
from tests.services.receiving.phone_app.told import ANA, hear, live, old, said, thread, value
from tests.services.receiving.steps import outcomes
from whatsapp import signals
from whatsapp.models import BusinessNumber, Contact, Conversation, Message, OutboxItem, WebhookEvent

pytestmark = pytest.mark.django_db


def test_old_chats_come_quietly_into_the_right_threads(number, outside):
    told = []
    signals.message_received.connect(lambda **ids: told.append(ids), weak=False, dispatch_uid="t")
    try:
        hear(
            old(said("wamid.1", "Aveți mouse?", ours=False), said("wamid.2", "Da.", at=5)),
            old(
                {**said("wamid.3", "Salut", at=9, ours=False), "from": "40700000002"},
                customer="40700000002",
            ),
        )
    finally:
        signals.message_received.disconnect(dispatch_uid="t")

    assert thread() == [
        ("RECEIVED", "Aveți mouse?", None),
        ("SENT", "Da.", "READ"),
        ("RECEIVED", "Salut", None),
    ]
    for conversation in Conversation.objects.all():
        assert (conversation.status, conversation.unread_count) == ("RESOLVED", 0)
        assert conversation.waiting_since is None
    first = Conversation.objects.get(contact__wa_id=ANA)
    assert (first.message_count, first.last_message_preview) == (2, "Da.")
    assert first.last_inbound_at.timestamp() == bodies.SECOND
    assert told == []
    assert not OutboxItem.objects.exists()
    assert {row.created_at for row in Message.objects.all()} == {
        row.happened_at for row in Message.objects.all()
    }


def test_chunk_is_one_event_for_each_message_and_one_for_its_progress(number):
    hear(old(said("wamid.1", "Unu"), said("wamid.2", "Doi")))

    assert WebhookEvent.objects.count() == 3
    assert set(outcomes().values()) == {("processed", "applied")}
    number.refresh_from_db()
    assert number.news["history"]["event"] == "050 %"


def test_old_message_neither_lowers_nor_hides_what_is_newer(number):
    hear(live(bodies.text("wamid.A", "Alo?", at=60)))

    hear(old(said("wamid.1", "Aveți mouse?", ours=False)))

    conversation = Conversation.objects.get()
    assert (conversation.unread_count, conversation.message_count) == (1, 2)
    assert conversation.last_message_preview == "Alo?"
    assert conversation.waiting_since.timestamp() == bodies.SECOND + 60


PLACEHOLDER = said("wamid.1", "", type="media_placeholder")
PICTURE = {"id": "900", "mime_type": "image/jpeg", "caption": "Mouse"}
FILE = said("wamid.1", "", type="image", image=PICTURE)


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 1, 0)])
def test_file_of_an_old_message_and_its_place_are_one_message_in_any_order(number, order):
    told = [old(PLACEHOLDER), bodies.body(value(messages=[FILE]), field="history")]

    hear(*(told[place] for place in order))

    message = Message.objects.get()
    assert (message.message_type, message.message_text) == ("IMAGE", "Mouse")
    assert (message.direction, message.delivery_status) == ("SENT", "READ")
    assert (message.media.media_id, message.contact.wa_id) == ("900", ANA)
    conversation = Conversation.objects.get()
    assert (conversation.message_count, conversation.last_message_preview) == (1, "Mouse")
    assert not WebhookEvent.objects.filter(idempotency_key__startswith="message:").exists()


def test_file_that_names_no_customer_waits_for_its_message(number):
    BusinessNumber.objects.update(display_number="+40 300 000 000")
    nobody = {name: told for name, told in FILE.items() if name != "to"}

    hear(bodies.body(value(messages=[nobody]), field="history"))

    assert not Message.objects.exists()
    assert not Contact.objects.exists()
    event = WebhookEvent.objects.get()
    assert (event.status, event.attempts) == ("pending", 1)


def test_refusal_to_share_old_chats_is_told_to_the_staff(number, outside):
    error = {"code": 2593109, "title": "History sharing is off", "message": "It was turned off."}

    hear(bodies.body(value(history=[{"errors": [error]}]), field="history"))

    (notice,) = outside.staff.notices
    assert notice.subject == "The phone app does not share its old chats"
    assert "It was turned off." in notice.body
    assert not Message.objects.exists()
