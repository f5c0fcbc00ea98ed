"""A button belongs to the version of the quote it stood under; an old one accepts nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from cypher_erp.adapters import answers
from cypher_erp.adapters.papers import ErpDocumentMaker
from cypher_erp.adapters.whatsapp import ErpOrderBook
from cypher_erp.notifications.models import Notification
from cypher_erp.quotes import services as quotes
from cypher_erp.quotes.models import Quote
from tests.erp.factories import CustomerFactory, QuoteLineFactory
from tests.factories import BusinessNumberFactory
from tests.services.papers import buttons_of, press, writes_to_us
from whatsapp import signals, testing
from whatsapp.models import BusinessNumber, Message, QuoteAnswer, SentDocument
from whatsapp.ports import DocumentKind
from whatsapp.services import delivery, documents
from whatsapp.services.outgoing import uploads

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_memory(settings):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "GATEWAY": "whatsapp.testing.RecordingGateway",
        "DOCUMENT_MAKER": "whatsapp.testing.InMemoryDocuments",
    }
    BusinessNumberFactory()


@pytest.fixture
def told():
    heard = []

    def listen(*, signal, sender, **said):
        heard.append(said)

    signals.quote_answered.connect(listen)
    yield heard
    signals.quote_answered.disconnect(listen)


@pytest.fixture
def quote():
    customer = CustomerFactory(name="Ana Pop", phone="0700 000 001", language="ro")
    quote = QuoteLineFactory(quote__customer=customer).quote
    quotes.add_up(quote_id=quote.pk)
    quote.refresh_from_db()
    return quote


@pytest.fixture
def sent(quote):
    writes_to_us()
    return send(quote)


def send(quote, *, again=False):
    """The quote as it is now goes out, and Meta takes it."""
    testing.document_maker().version = quotes.version_of(Quote.objects.get(pk=quote.pk))
    message = documents.send_quote(quote_id=quote.pk, again=again)
    uploads.upload_due(now=timezone.now())
    delivery.send_due(number_id=message.number_id)
    message.refresh_from_db()
    return message


def by_hand(quote, *, price="99.90"):
    """Back to draft, another price, and to sent again, as the ERP's pages let staff do."""
    quote.refresh_from_db()
    quote.status = "DRAFT"
    quote.save()
    quote.lines.update(unit_price=Decimal(price))
    quotes.add_up(quote_id=quote.pk)
    quote.refresh_from_db()
    quote.status = "SENT"
    quote.save()


def accept(message, *, wamid="wamid.A", **more):
    press(buttons_of(message)[0], wamid=wamid, about=message.external_message_id, **more)


def said_to_the_customer(sent):
    after = Message.objects.sent().exclude(pk=sent.pk).order_by("id")
    return list(after.values_list("message_text", flat=True))


def status_of(quote):
    return Quote.objects.get(pk=quote.pk).status


class TestOldButtons:
    def test_quote_edited_and_set_back_to_sent_is_not_accepted(self, quote, sent, told):
        by_hand(quote)

        accept(sent)

        assert (told, status_of(quote)) == ([], "SENT")
        assert not QuoteAnswer.objects.exists()

    def test_the_customer_is_told_so_once(self, quote, sent):
        by_hand(quote)

        accept(sent)
        accept(sent, wamid="wamid.B", at=5)

        (answer,) = said_to_the_customer(sent)
        assert f"versiuni mai vechi a ofertei {quote.number}" in answer
        assert "Nu am înregistrat niciun răspuns" in answer
        assert Message.objects.sent().latest("id").quote_id == quote.pk

    def test_the_staff_is_told_as_well(self, quote, sent):
        by_hand(quote)

        accept(sent)

        (notice,) = Notification.objects.all()
        assert "changed after it was sent" in notice.body
        assert "Send the quote again" in notice.body

    @pytest.mark.parametrize(
        ("language", "words"),
        [("en", "older version of quote"), ("hu", "korábbi árajánlathoz"), ("de", "versiuni mai")],
    )
    def test_in_the_language_of_the_paper(self, quote, language, words):
        type(quote.customer).objects.update(language=language)
        writes_to_us()
        message = send(quote)
        by_hand(quote)

        accept(message)

        assert words in said_to_the_customer(message)[0]

    def test_a_question_under_it_is_no_answer_to_the_new_version(self, quote, sent, told):
        by_hand(quote)

        press(buttons_of(sent)[1], wamid="wamid.Q", about=sent.external_message_id)

        assert told == []
        assert len(said_to_the_customer(sent)) == 1
        assert Notification.objects.count() == 1

    def test_a_button_under_an_older_sending_is_answered_too(self, quote, sent, told):
        newer = send(quote, again=True)

        accept(sent)

        assert told == []
        answers_given = [text for text in said_to_the_customer(sent) if "versiuni" in text]
        assert len(answers_given) == 1
        accept(newer, wamid="wamid.B")
        assert status_of(quote) == "ACCEPTED"

    def test_no_automatic_reply_comes_on_top(self, quote, sent):
        BusinessNumber.objects.update(auto_reply_text="Vă răspundem în curând.")
        by_hand(quote)

        accept(sent)

        assert len(said_to_the_customer(sent)) == 1

    def test_nobody_else_learns_of_it(self, quote, sent):
        by_hand(quote)

        accept(sent, sender="+40700000002")

        assert said_to_the_customer(sent) == []


class TestStandingButtons:
    def test_the_changed_quote_sent_again_is_accepted_by_its_own_button(self, quote, sent, told):
        by_hand(quote)
        newer = send(quote, again=True)

        accept(newer)

        assert status_of(quote) == "ACCEPTED"
        assert [one["version"] for one in told] == [SentDocument.objects.latest("id").version]
        assert said_to_the_customer(newer) == [sent.message_text]

    def test_set_to_draft_and_back_unchanged_is_the_same_version(self, quote, sent):
        for status in ("DRAFT", "SENT"):
            quote.refresh_from_db()
            quote.status = status
            quote.save()

        accept(sent)

        assert status_of(quote) == "ACCEPTED"

    def test_changed_and_changed_back_is_what_the_customer_saw(self, quote, sent):
        price = quote.lines.get().unit_price
        by_hand(quote)
        by_hand(quote, price=str(price))

        accept(sent)

        assert status_of(quote) == "ACCEPTED"

    def test_paper_of_an_erp_without_versions_counts_as_before(self, quote, sent):
        SentDocument.objects.update(version="")
        by_hand(quote)

        accept(sent)

        assert status_of(quote) == "ACCEPTED"

    def test_what_was_accepted_while_it_stood_is_not_refused_afterwards(self, quote, sent, told):
        accept(sent)
        Quote.objects.update(notes="Livrat.")

        accept(sent, wamid="wamid.B", at=5)

        assert (len(told), status_of(quote)) == (1, "ACCEPTED")
        assert said_to_the_customer(sent) == []


class TestInTheErp:
    def test_an_answer_that_is_repeated_days_later_accepts_nothing_else(self, quote, sent):
        """As a failed receiver is, or one whose quote was edited at that very moment."""
        version = SentDocument.objects.get().version
        by_hand(quote)

        answers.on_quote_answered(
            quote_id=quote.pk, answer="accepted", conversation_id=0, version=version
        )

        assert status_of(quote) == "SENT"
        (notice,) = Notification.objects.all()
        assert notice.subject == f"Ana Pop tried to accept quote {quote.number}"
        assert notice.body == "It was changed after it was sent; send it again."

    def test_paper_and_order_book_name_the_same_version(self, quote):
        document = ErpDocumentMaker().make(DocumentKind.QUOTE, quote.pk, language="hu")
        record = ErpOrderBook().find_quote(quote.pk)

        assert document.version == record.version == quotes.version_of(quote) != ""

    @pytest.mark.parametrize(
        "change",
        [
            lambda quote: quote.lines.update(quantity=Decimal("7.5")),
            lambda quote: quote.lines.update(unit_price=Decimal("1.01")),
            lambda quote: quote.lines.update(vat_rate=Decimal("11")),
            lambda quote: quote.lines.update(name="Altceva"),
            lambda quote: quote.lines.update(unit="kg"),
            lambda quote: QuoteLineFactory(quote=quote),
            lambda quote: quote.lines.all().delete(),
            lambda quote: Quote.objects.update(notes="Fără transport."),
            lambda quote: Quote.objects.update(valid_until_date=date(2030, 1, 1)),
            lambda quote: Quote.objects.update(customer=CustomerFactory()),
        ],
    )
    def test_whatever_its_paper_shows_makes_another_version(self, quote, change):
        before = quotes.version_of(Quote.objects.get(pk=quote.pk))

        change(quote)

        assert quotes.version_of(Quote.objects.get(pk=quote.pk)) != before

    def test_being_sent_or_saved_makes_none(self, quote):
        before = quotes.version_of(Quote.objects.get(pk=quote.pk))

        quotes.mark_sent(quote_id=quote.pk)
        Quote.objects.update(updated_at=timezone.now() + timedelta(days=1))
        quotes.add_up(quote_id=quote.pk)

        again = Quote.objects.get(pk=quote.pk)
        assert (again.status, quotes.version_of(again)) == ("SENT", before)
