"""The same message or name told in more than one way: once, in any order."""

import itertools
import json
import time

import pytest

from tests import webhook_bodies as bodies
from tests.factories import ContactFactory, MessageFactory
from tests.services.receiving.phone_app.told import ANA, echo, hear, live, old, said, value
from tests.services.receiving.steps import outcomes, process
from whatsapp.models import BusinessNumber, Contact, Conversation, Message, OutboxItem, WebhookEvent

pytestmark = pytest.mark.django_db

# The same message by more than one way


PICTURE = {"id": "900", "mime_type": "image/jpeg", "caption": "Coletul"}


def state():
    conversation = Conversation.objects.get()
    names = ("status", "unread_count", "message_count", "waiting_since", "first_response_at")
    rows = Message.objects.values(
        *("external_message_id", "message_text", "direction", "delivery_status", "content"),
        *("message_type", "media__media_id"),
    )
    columns = {name: getattr(conversation, name) for name in (*names, "last_message_preview")}
    return json.dumps([columns, list(rows.order_by("external_message_id"))], default=str)


@pytest.mark.parametrize(
    "ways",
    [
        [
            old(said("wamid.A", "Alo?", ours=False)),
            live(bodies.text("wamid.A", "Alo?")),
        ],
        [
            live(bodies.text("wamid.A", "Alo?")),
            old(said("wamid.E", "Da?", at=9)),
            echo(said("wamid.E", "Da?", at=9)),
        ],
        [
            old({**said("wamid.A", "", ours=False), "type": "media_placeholder"}),
            live(said("wamid.A", "", ours=False, type="image", image=PICTURE)),
        ],
        [
            live(bodies.text("wamid.A", "Alo?")),
            old({**said("wamid.E", "", at=9), "type": "media_placeholder"}),
            echo(said("wamid.E", "", at=9, type="image", image=PICTURE)),
        ],
    ],
)
def test_message_told_by_history_and_by_itself_ends_the_same_in_any_order(number, ways):
    BusinessNumber.objects.update(auto_reply_text="")
    ends = set()
    for order in itertools.permutations(ways):
        for model in (Message, Conversation, Contact, WebhookEvent):
            model.objects.all().delete()
        hear(*order)
        once = state()
        WebhookEvent.objects.update(status="pending")
        process()
        assert state() == once
        assert not WebhookEvent.objects.filter(status="failed").exists()
        ends.add(once)

    assert len(ends) == 1
    assert Conversation.objects.get().unread_count == 1


# Names


def entry(name, *, action="add", phone="+40 700 000 001"):
    contact = {"full_name": name, "phone_number": phone}
    told = {"type": "contact", "action": action, "contact": contact}
    told["metadata"] = {"timestamp": str(bodies.SECOND)}
    return bodies.body(value(state_sync=[told]), field="smb_app_state_sync")


def test_address_book_fills_a_blank_name_only(number):
    blank = ContactFactory(phone="+40700000001", wa_id=ANA, profile_name="")
    named = ContactFactory(phone="+40700000002", wa_id="40700000002", profile_name="Radu")

    hear(entry("Ana de la Cluj"), entry("Radu Instalatorul", phone="40700000002"))

    blank.refresh_from_db()
    named.refresh_from_db()
    assert (blank.profile_name, named.profile_name) == ("Ana de la Cluj", "Radu")


def test_name_does_not_depend_on_who_is_told_first(number):
    hear(entry("Ana de la Cluj"), old(said("wamid.1", "Aveți mouse?", ours=False)))

    assert Contact.objects.get().profile_name == "Ana de la Cluj"


def test_entry_taken_out_of_the_address_book_harms_nothing(number):
    message = MessageFactory()

    hear(entry("", action="remove"))

    assert Contact.objects.get() == message.contact
    assert [outcome for _, outcome in outcomes().values()] == ["unsupported"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_stop_word_counts_and_is_answered_once_whether_history_or_it_came_first(number, order):
    word = said("wamid.A", "STOP", ours=False, timestamp=str(int(time.time())))
    ways = [old(word), live(word)]

    hear(*(ways[place] for place in order))

    assert Contact.objects.get().marketing_consent is False
    assert OutboxItem.objects.count() == 1
    assert Conversation.objects.get().unread_count == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_question_gets_its_automatic_answer_whether_history_or_it_came_first(number, order):
    question = said("wamid.A", "Alo?", ours=False, timestamp=str(int(time.time())))
    ways = [old(question), live(question)]

    hear(*(ways[place] for place in order))

    assert Message.objects.sent().get().message_text == "Revenim imediat."
