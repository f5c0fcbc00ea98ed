"""A number that is in the phone app too: echoes, old chats and names, once, in any order."""

import itertools
import json
import time

import pytest

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, ContactFactory, MessageFactory
from tests.services.receiving import outcomes, process
from whatsapp import signals
from whatsapp.errors import MessageNotDeliverableError
from whatsapp.models import BusinessNumber, Contact, Conversation, Message, OutboxItem, WebhookEvent
from whatsapp.services import messages as outgoing
from whatsapp.services import webhook_events

pytestmark = pytest.mark.django_db
SHOP, ANA = "40300000000", "40700000001"


@pytest.fixture
def number(outside):
    return BusinessNumberFactory(auto_reply_text="Revenim imediat.")


def value(**lists):
    metadata = {"display_phone_number": SHOP, "phone_number_id": bodies.NUMBER}
    return {"messaging_product": "whatsapp", "metadata": metadata, **lists}


def said(wamid, words, *, at=0, ours=True, **more):
    ends = {"from": SHOP, "to": ANA} if ours else {"from": ANA}
    head = {"id": wamid, "timestamp": str(bodies.SECOND + at), "type": "text"}
    return {**ends, **head, "text": {"body": words}, **more}


def echo(*items):
    return bodies.body(value(message_echoes=list(items)), field="smb_message_echoes")


def old(*items, customer=ANA):
    marked = [{**item, "history_context": {"status": "READ"}} for item in items]
    chunk = {
        "metadata": {"phase": 0, "chunk_order": 1, "progress": 50},
        "threads": [{"id": customer, "messages": marked}],
    }
    return bodies.body(value(history=[chunk]), field="history")


def live(*items):
    return bodies.body(bodies.messages(*items))


def hear(*raw):
    for each in raw:
        webhook_events.record(body=each)
        process()


def thread():
    rows = Message.objects.order_by("happened_at", "id")
    return list(rows.values_list("direction", "message_text", "delivery_status"))


# Echoes


def test_echo_is_in_the_thread_as_sent_and_never_in_the_outbox(number):
    hear(echo(said("wamid.E", "Vă sun eu.")))

    message = Message.objects.get()
    assert thread() == [("SENT", "Vă sun eu.", "SENT")]
    assert message.contact.wa_id == ANA
    assert message.from_phone_app
    assert message.happened_at.timestamp() == bodies.SECOND
    assert not OutboxItem.objects.exists()
    assert Conversation.objects.get().status == "RESOLVED"


def test_echo_is_moved_by_its_statuses(number):
    hear(echo(said("wamid.E", "Vă sun eu.")))

    hear(bodies.body(bodies.statuses(bodies.status("read", "wamid.E", at=2))))

    assert Message.objects.get().delivery_status == "READ"


def test_echo_stops_the_clock_of_what_it_answers(number):
    hear(live(bodies.text("wamid.A", "Alo?")))

    hear(echo(said("wamid.E", "Da, vă ascult.", at=60)))

    conversation = Conversation.objects.get()
    assert (conversation.waiting_since, conversation.response_due_at) == (None, None)
    assert conversation.first_response_at.timestamp() == bodies.SECOND + 60
    assert conversation.unread_count == 1


def test_echo_from_before_the_question_is_no_answer(number):
    hear(live(bodies.text("wamid.A", "Alo?", at=60)))

    hear(echo(said("wamid.E", "Oferta noastră", at=0)))

    assert Conversation.objects.get().waiting_since is not None


def test_answer_that_overtook_its_question_still_answers_it(number):
    hear(echo(said("wamid.E", "Da, vă ascult.", at=60)))

    hear(live(bodies.text("wamid.A", "Alo?")))

    conversation = Conversation.objects.get()
    assert (conversation.waiting_since, conversation.unread_count) == (None, 1)
    assert conversation.first_response_at.timestamp() == bodies.SECOND + 60
    assert conversation.status == "OPEN"


@pytest.mark.parametrize(("things", "waits_since"), [(3, 180), (4, None)])
def test_clock_of_questions_and_answers_is_the_same_in_every_order(number, things, waits_since):
    story = (
        live(bodies.text("wamid.A", "Alo?", at=60)),
        echo(said("wamid.E", "Da?", at=120)),
        live(bodies.text("wamid.B", "Mai aveți?", at=180)),
        echo(said("wamid.F", "Nu mai avem.", at=240)),
    )
    for order in itertools.permutations(story[:things]):
        for model in (OutboxItem, Message, Conversation, WebhookEvent):
            model.objects.all().delete()

        hear(*order)

        conversation = Conversation.objects.get()
        since = conversation.waiting_since
        assert (since and since.timestamp() - bodies.SECOND) == waits_since
        assert (conversation.response_due_at is None) == (since is None)
        assert conversation.first_response_at.timestamp() == bodies.SECOND + 120
        assert conversation.unread_count == 2


def test_deletion_in_the_phone_app_answers_nobody(number):
    hear(live(bodies.text("wamid.A", "Alo?")))

    hear(echo(said("wamid.X", "", at=9, type="revoke", revoke={"original_message_id": "wamid.E"})))

    conversation = Conversation.objects.get()
    assert conversation.waiting_since is not None
    assert conversation.first_response_at is None


def test_echo_twice_and_gathered_otherwise_is_one_message(number):
    first, second = said("wamid.E", "Unu"), said("wamid.F", "Doi", at=1)
    hear(echo(first), echo(second, first), echo(first, second))

    assert [text for _, text, _ in thread()] == ["Unu", "Doi"]
    assert Conversation.objects.get().message_count == 2


def test_edit_and_revocation_in_the_phone_app_are_shown(number):
    edited = {"original_message_id": "wamid.E", "message": {"type": "text"}}
    edited["message"]["text"] = {"body": "Vă sun mâine."}
    hear(echo(said("wamid.E", "Vă sun eu.")))

    hear(
        echo(said("wamid.F", "", at=1, type="edit", edit=edited)),
        echo(said("wamid.G", "", at=2, type="revoke", revoke={"original_message_id": "wamid.E"})),
    )

    original = Message.objects.get(external_message_id="wamid.E")
    changes = Message.objects.exclude(pk=original.pk).order_by("happened_at")
    assert [row.reply_to_id for row in changes] == [original.pk, original.pk]
    assert changes[0].message_text == "Vă sun mâine."


def test_picture_of_an_echo_is_fetched(number, outside):
    picture = {"id": "900", "mime_type": "image/jpeg", "caption": "Coletul"}

    hear(echo(said("wamid.E", "", type="image", image=picture)))

    message = Message.objects.get()
    assert (message.message_type, message.message_text) == ("IMAGE", "Coletul")
    assert message.media.media_id == "900"


def test_failed_echo_cannot_be_sent_from_here(number):
    hear(echo(said("wamid.E", "Vă sun eu.")))
    hear(bodies.body(bodies.statuses(bodies.status("failed", "wamid.E", at=2, code=131026))))

    with pytest.raises(MessageNotDeliverableError):
        outgoing.retry(message_id=Message.objects.get().pk)

    assert Message.objects.get().delivery_status == "FAILED"


def test_echo_of_another_app_does_not_slow_the_number_down(number):
    raw = bodies.body(value(message_echoes=[said("wamid.E", "Salut")]), field="message_echoes")

    hear(raw)

    number.refresh_from_db()
    assert (Message.objects.count(), number.uses_phone_app) == (1, False)


def test_echo_makes_the_number_one_of_the_phone_app(number):
    hear(echo(said("wamid.E", "Salut")))

    number.refresh_from_db()
    assert (number.uses_phone_app, number.pace) == (True, 20)


def test_echo_of_a_number_that_is_not_ours_is_kept_only(number):
    stranger = value(message_echoes=[said("wamid.E", "Salut")])
    stranger["metadata"]["phone_number_id"] = "999"

    hear(bodies.body(stranger, field="smb_message_echoes"))

    assert outcomes() == {"message:wamid.E": ("processed", "not ours")}
    assert not Message.objects.exists()


# History


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
