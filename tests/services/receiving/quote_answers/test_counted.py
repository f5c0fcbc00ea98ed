"""The buttons under a quote: each answer counts once, from its customer, on the newest version."""

from __future__ import annotations

import pytest
from django.utils import timezone

from cypher_erp.quotes.models import Quote
from tests.factories import ContactFactory
from tests.services.notices.shop import approved
from tests.services.papers import buttons_of, hear, press, writes_to_us
from tests.services.receiving.quote_answers.quotes import leave, notices
from whatsapp import signals
from whatsapp.models import Contact, Conversation, Message, QuoteAnswer, SignalFailure
from whatsapp.services import documents
from whatsapp.services.shared import announce

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("maker")]


def test_accepting_is_told_with_all_that_belongs_to_it(quote, sent, told):
    accept, _question = buttons_of(sent)

    press(accept, wamid="wamid.A", about=sent.external_message_id)

    message = Message.objects.get(external_message_id="wamid.A")
    assert told == [
        {
            "quote_id": quote.pk,
            "answer": "accepted",
            "message_id": message.pk,
            "conversation_id": message.conversation_id,
        }
    ]
    assert message.quote_id == quote.pk
    assert QuoteAnswer.objects.get().message_id == message.pk


def test_erp_accepts_the_quote_and_tells_the_staff(quote, sent):
    press(buttons_of(sent)[0], wamid="wamid.A", about=sent.external_message_id)

    quote.refresh_from_db()
    assert quote.status == "ACCEPTED"
    assert [subject for subject, _body in notices()] == [f"Ana Pop accepted quote {quote.number}"]


def test_a_question_raises_the_priority_and_leaves_the_quote(quote, sent):
    press(buttons_of(sent)[1], wamid="wamid.A", about=sent.external_message_id)

    quote.refresh_from_db()
    assert quote.status == "SENT"
    assert Conversation.objects.get().priority == "HIGH"
    assert [subject for subject, _body in notices()] == [
        f"Ana Pop has a question about quote {quote.number}"
    ]


def test_a_templates_button_counts_as_well(quote, told):
    approved("quote_document")
    message = leave(documents.send_quote(quote_id=quote.pk))

    press(
        buttons_of(message)[0],
        wamid="wamid.A",
        about=message.external_message_id,
        template=True,
    )

    assert [one["answer"] for one in told] == ["accepted"]


def test_pressed_twice_and_posted_twice_it_counts_once(sent, told):
    accept = buttons_of(sent)[0]

    for wamid in ("wamid.A", "wamid.A", "wamid.B", "wamid.B", "wamid.A"):
        press(accept, wamid=wamid, about=sent.external_message_id)

    assert len(told) == QuoteAnswer.objects.count() == 1
    assert Message.objects.received().count() == 2


def test_a_question_and_then_a_yes_are_two_answers(quote, sent, told):
    accept, question = buttons_of(sent)

    press(question, wamid="wamid.A", about=sent.external_message_id)
    press(accept, wamid="wamid.B", about=sent.external_message_id)

    quote.refresh_from_db()
    assert [one["answer"] for one in told] == ["question", "accepted"]
    assert quote.status == "ACCEPTED"


def test_a_press_that_overtakes_our_own_record_counts(quote, told):
    writes_to_us()
    message = documents.send_quote(quote_id=quote.pk)

    press(buttons_of(message)[0], wamid="wamid.A", about="wamid.NOT_KNOWN_YET")

    assert [one["quote_id"] for one in told] == [quote.pk]


def test_a_newer_version_that_never_left_does_not_take_its_place(quote, sent, told):
    newer = documents.send_quote(quote_id=quote.pk, again=True)
    Message.objects.filter(pk=newer.pk).update(delivery_status="FAILED")

    press(buttons_of(sent)[0], wamid="wamid.A", about=sent.external_message_id)

    assert len(told) == 1


@pytest.mark.parametrize("known_longer", [True, False])
def test_press_that_shows_two_contacts_to_be_one_counts(quote, told, known_longer):
    """Whichever of both goes on."""
    if known_longer:
        ContactFactory(phone=None, wa_id=None, bsuid="RO.900")
    writes_to_us()
    if not known_longer:
        ContactFactory(phone=None, wa_id=None, bsuid="RO.900")
    sent = leave(documents.send_quote(quote_id=quote.pk))
    reply = {"id": buttons_of(sent)[0], "title": "Accept propunerea"}

    hear(
        "wamid.A",
        about=sent.external_message_id,
        from_user_id="RO.900",
        type="interactive",
        interactive={"type": "button_reply", "button_reply": reply},
    )

    assert Contact.objects.filter(merged_into=None).count() == 1
    assert [said["answer"] for said in told] == ["accepted"]


def test_on_its_last_day_it_still_counts(quote, sent):
    Quote.objects.update(valid_until_date=timezone.localdate())

    press(buttons_of(sent)[0], wamid="wamid.A", about=sent.external_message_id)

    quote.refresh_from_db()
    assert quote.status == "ACCEPTED"


def test_a_receiver_that_fails_loses_nothing_and_can_be_repeated(quote, sent):
    broken = [True]

    def listen(**_said):
        if broken:
            raise RuntimeError("no paper")

    signals.quote_answered.connect(listen)
    try:
        press(buttons_of(sent)[0], wamid="wamid.A", about=sent.external_message_id)
        failure = SignalFailure.objects.get()
        broken.clear()
        announce.repeat(failure_id=failure.pk)
    finally:
        signals.quote_answered.disconnect(listen)

    quote.refresh_from_db()
    failure.refresh_from_db()
    assert quote.status == "ACCEPTED"  # the other receiver was not troubled
    assert failure.succeeded_at is not None
    assert failure.ids["answer"] == "accepted"


def test_a_quote_deleted_meanwhile_troubles_nobody(quote, sent, told):
    accept = buttons_of(sent)[0]
    quote.delete()

    press(accept, wamid="wamid.A", about=sent.external_message_id)

    assert told == []
    assert Message.objects.filter(external_message_id="wamid.A").exists()
