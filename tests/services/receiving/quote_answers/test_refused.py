"""Presses that count no more, or never did: nothing is told, and the quote stays as it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cypher_erp.quotes.models import Quote
from tests.erp.factories import CustomerFactory, OrderFactory
from tests.factories import MessageFactory
from tests.services.papers import PHONE, buttons_of, hear, press, writes_to_us
from tests.services.receiving.quote_answers.quotes import leave, notices
from whatsapp.models import Message
from whatsapp.services import documents

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("maker")]


def test_an_older_version_counts_no_more_and_the_staff_is_told(quote, sent, told):
    newer = leave(documents.send_quote(quote_id=quote.pk, again=True))

    press(buttons_of(sent)[0], wamid="wamid.A", about=sent.external_message_id)
    quote.refresh_from_db()
    assert (told, quote.status) == ([], "SENT")
    assert "older version" in notices()[0][1]

    press(buttons_of(newer)[0], wamid="wamid.B", about=newer.external_message_id)
    assert len(told) == 1


def test_somebody_else_cannot_accept(quote, sent, told):
    press(buttons_of(sent)[0], wamid="wamid.A", sender="+40700000002")

    quote.refresh_from_db()
    assert (told, quote.status) == ([], "SENT")
    assert "Somebody else" in notices()[0][1]


def test_a_button_under_another_message_does_not_count(sent, told):
    other = MessageFactory(conversation=sent.conversation)

    press(buttons_of(sent)[0], wamid="wamid.A", about=other.external_message_id)

    assert told == []


@pytest.mark.parametrize(
    "payload",
    [
        "quote:7:accepted",
        "quote:00000000000000000000000000000000:accepted",
        "quote:{token}:rejected",
        "accepted",
        "",
    ],
)
def test_what_no_quote_of_ours_carries_is_no_answer(sent, told, payload):
    token = buttons_of(sent)[0].split(":")[1]

    press(payload.format(token=token), wamid="wamid.A", about=sent.external_message_id)

    assert told == []
    assert Message.objects.filter(external_message_id="wamid.A").exists()


def test_words_are_no_button(sent, told):
    hear("wamid.A", buttons_of(sent)[0], about=sent.external_message_id)

    assert told == []


@pytest.mark.parametrize("status", ["REJECTED", "DRAFT"])
def test_a_quote_that_the_shop_took_back_is_not_accepted(quote, sent, status):
    Quote.objects.update(status=status)

    press(buttons_of(sent)[0], wamid="wamid.A", about=sent.external_message_id)

    quote.refresh_from_db()
    assert quote.status == status
    assert [subject for subject, _body in notices()] == [
        f"Ana Pop tried to accept quote {quote.number}"
    ]


def test_a_quote_that_has_run_out_is_not_accepted(quote, sent):
    Quote.objects.update(valid_until_date=timezone.localdate() - timedelta(days=1))

    press(buttons_of(sent)[0], wamid="wamid.A", about=sent.external_message_id)

    quote.refresh_from_db()
    assert quote.status == "SENT"
    assert notices()[0][1] == "It has run out."


def test_other_papers_have_no_buttons():
    writes_to_us()
    order = OrderFactory(customer=CustomerFactory(phone=PHONE))
    order.lines.create(name="Scaun", quantity=1, unit_price=10)

    message = documents.send_order(order_id=order.pk)

    assert message.content["kind"] == "media"
