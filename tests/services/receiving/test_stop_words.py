"""STOP and START: consent, one confirmation, and no loop with another robot."""

import itertools
from datetime import UTC, datetime

import pytest

from tests import webhook_bodies as bodies
from tests.factories import BusinessNumberFactory, ContactFactory
from tests.services.receiving.steps import process
from whatsapp.domain import customer_texts
from whatsapp.models import Contact, Conversation, Message, WebhookEvent
from whatsapp.services import webhook_events
from whatsapp.services.contacts import preferences

pytestmark = pytest.mark.django_db
NOW = int(datetime.now(tz=UTC).timestamp()) - bodies.SECOND - 100


@pytest.fixture
def contact(outside):
    BusinessNumberFactory()
    return ContactFactory(phone="+40700000001", wa_id="40700000001", language="ro")


def write(said, *, at=0, wamid=None, **more):
    item = bodies.text(wamid or f"wamid.{said}.{at}", said, at=NOW + at) | more
    webhook_events.record(body=bodies.body(bodies.messages(item)))
    process()


def sent():
    return list(Message.objects.sent().order_by("id").values_list("message_text", flat=True))


def test_stop_writes_consent_and_is_confirmed_in_the_customers_language(contact):
    write("Stop!")

    contact.refresh_from_db()
    assert (contact.marketing_consent, contact.consent_source) == (False, "STOP word")
    assert contact.consent_changed_at == datetime.fromtimestamp(bodies.SECOND + NOW, UTC)
    assert sent() == [customer_texts.MARKETING_STOPPED["ro"]]
    assert Message.objects.sent().get().outbox_items.count() == 1


def test_word_stays_in_the_thread_and_counts_as_usual(contact):
    write("STOP")

    conversation = Conversation.objects.get()
    assert (conversation.unread_count, conversation.status) == (1, "OPEN")
    assert conversation.waiting_since is not None
    assert Message.objects.received().get().message_text == "STOP"


def test_language_of_the_customer_in_the_erp_is_used_where_the_contact_has_none(outside):
    from cypher_erp.customers.models import Customer
    from whatsapp.ports import CustomerRecord

    row = Customer.objects.create(name="Kovács Anna", phone="+40700000001")
    record = CustomerRecord(id=row.pk, name=row.name, phone="+40700000001", language="hu")
    outside.customers.add(record)
    BusinessNumberFactory()

    write("LEIRATKOZÁS")

    assert sent() == [customer_texts.MARKETING_STOPPED["hu"]]


def test_repeated_stop_is_not_confirmed_again(contact):
    write("STOP")
    write("stop", at=1)
    write("Dezabonare", at=2)

    contact.refresh_from_db()
    assert contact.marketing_consent is False
    assert len(sent()) == 1


def test_start_after_stop_is_a_change_of_its_own(contact):
    write("STOP")
    write("START", at=1)

    contact.refresh_from_db()
    assert contact.marketing_consent is True
    assert sent() == [
        customer_texts.MARKETING_STOPPED["ro"],
        customer_texts.MARKETING_RESUMED["ro"],
    ]


def test_robot_that_answers_each_confirmation_gets_two_answers_a_day(contact):
    for at in range(0, 20, 2):
        write("STOP", at=at)
        write("START", at=at + 1)

    assert len(sent()) == 2


def test_stop_inside_a_sentence_does_nothing(contact):
    write("Nu mai stop la comanda mea, vă rog")

    contact.refresh_from_db()
    assert contact.marketing_consent is None
    assert sent() == []


@pytest.mark.parametrize(
    "button",
    [{"text": "Stop marketing", "payload": "x"}, {"text": "Nu, mulțumesc", "payload": "STOP"}],
)
def test_quick_reply_of_a_template_is_heeded(contact, button):
    write("", wamid="wamid.B", type="button", button=button)

    contact.refresh_from_db()
    assert contact.marketing_consent is False
    assert len(sent()) == 1


def test_caption_and_reaction_are_no_word(contact):
    write("", wamid="wamid.R", type="reaction", reaction={"message_id": "x", "emoji": "STOP"})

    contact.refresh_from_db()
    assert contact.marketing_consent is None


def test_word_older_than_the_last_choice_changes_nothing(contact):
    preferences.note_marketing(
        contact_id=contact.pk,
        wanted=True,
        at=datetime.fromtimestamp(bodies.SECOND + NOW + 5, UTC),
        source="WhatsApp",
    )

    write("STOP")

    contact.refresh_from_db()
    assert (contact.marketing_consent, contact.consent_source) == (True, "WhatsApp")
    assert sent() == []


def test_word_that_came_a_day_late_is_written_without_a_confirmation(contact):
    write("STOP", at=-25 * 3600)

    contact.refresh_from_db()
    assert contact.marketing_consent is False
    assert sent() == []


def test_confirmation_takes_the_place_of_the_automatic_reply(contact):
    number = BusinessNumberFactory()
    number.auto_reply_text = "Revenim imediat."
    number.save(update_fields=["auto_reply_text"])

    write("STOP")
    write("Bună ziua", at=1)

    assert sent() == [customer_texts.MARKETING_STOPPED["ro"], "Revenim imediat."]


@pytest.mark.parametrize("order", list(itertools.permutations(["STOP", "START", "stop"])))
def test_every_order_ends_with_the_newest_word(contact, order):
    times = {"STOP": 0, "START": 1, "stop": 2}
    for word in order:
        write(word, at=times[word])
    WebhookEvent.objects.update(status="pending")
    process()

    contact.refresh_from_db()
    assert contact.marketing_consent is False
    assert contact.consent_changed_at == datetime.fromtimestamp(bodies.SECOND + NOW + 2, UTC)


def test_words_of_one_batch_are_heeded_together_the_newest_last(contact):
    said = [("START", 4), ("Salut", 6), ("STOP", 5)]
    items = [bodies.text(f"wamid.{word}", word, at=NOW + at) for word, at in said]
    webhook_events.record(body=bodies.body(bodies.messages(*items)))
    process()

    conversation = Conversation.objects.get()
    assert Contact.objects.get().marketing_consent is False
    assert sent() == [customer_texts.MARKETING_STOPPED["ro"]]
    assert (conversation.message_count, conversation.unread_count) == (4, 3)
