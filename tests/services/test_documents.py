"""Orders, quotes and invoices as files: each once, complete, or not at all."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from tests.erp.factories import CustomerFactory, OrderLineFactory, QuoteLineFactory, UserFactory
from tests.factories import BusinessNumberFactory, ContactFactory, TemplateFactory
from tests.services.papers import approved, buttons_of, writes_to_us
from whatsapp import testing
from whatsapp.domain.documents import DocumentKind
from whatsapp.errors import (
    DocumentError,
    IdempotencyConflictError,
    InvalidPhoneError,
    MessageNotDeliverableError,
    NotFoundError,
    TemplateNotApprovedError,
    ValidationError,
)
from whatsapp.models import Conversation, Media, Message, OutboxItem, SentDocument
from whatsapp.services import delivery, documents, messages, uploads

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker(settings):
    """Papers are made in memory and Meta is; customers, orders and quotes are the ERP's."""
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "GATEWAY": "whatsapp.testing.RecordingGateway",
        "DOCUMENT_MAKER": "whatsapp.testing.InMemoryDocuments",
    }
    BusinessNumberFactory()
    return testing.document_maker()


@pytest.fixture
def quote(maker):
    customer = CustomerFactory(name="Ana Pop", phone="0700 000 001")
    return QuoteLineFactory(quote__customer=customer, quote__total=Decimal("1234.5")).quote


@pytest.fixture
def order(maker):
    customer = CustomerFactory(name="Ana Pop", phone="0700 000 001")
    return OrderLineFactory(order__customer=customer, order__total=Decimal("1234.5")).order


def nothing_is_left():
    return not (Message.objects.exists() or SentDocument.objects.exists() or files())


def storage():
    return Media._meta.get_field("file").storage


def files():
    """The names of all that is kept."""
    kept = storage()
    years = kept.listdir("whatsapp")[0] if kept.exists("whatsapp") else []
    folders = [f"whatsapp/{year}/{month}" for year in years for month in months(year)]
    return [f"{folder}/{name}" for folder in folders for name in kept.listdir(folder)[1]]


def months(year):
    return storage().listdir(f"whatsapp/{year}")[0]


@pytest.fixture(autouse=True)
def _empty_storage():
    for name in files():
        storage().delete(name)


class TestInsideTheWindow:
    def test_a_quote_is_a_document_with_two_buttons(self, quote):
        writes_to_us()

        message = documents.send_quote(quote_id=quote.pk)

        assert (message.message_type, message.quote_id) == ("INTERACTIVE", quote.pk)
        assert message.customer_id == quote.customer_id
        assert "oferta" in message.message_text
        assert "1.234,50 lei" in message.message_text
        assert [one["title"] for one in message.content["buttons"]] == [
            "Accept oferta",
            "Am o întrebare",
        ]
        assert message.content["header"]["filename"] == f"quote-{quote.pk}.pdf"
        assert OutboxItem.objects.get().state == "UPLOADING"

    def test_it_leaves_with_the_id_of_its_file(self, quote):
        writes_to_us()
        documents.send_quote(quote_id=quote.pk)

        leave()

        sent = testing.gateway().sent[0].content
        assert testing.gateway().files[sent.header.media_id].startswith(b"%PDF")
        assert sent.header.upload == 0
        assert Message.objects.get().delivery_status == "SENT"

    def test_an_order_is_a_document_with_its_text_below(self, order):
        writes_to_us()

        message = documents.send_order(order_id=order.pk)
        leave()

        sent = testing.gateway().sent[0].content
        assert (message.message_type, message.order_id) == ("DOCUMENT", order.pk)
        assert (sent.filename, sent.caption) == (f"order-{order.pk}.pdf", message.message_text)
        assert f"comanda {order.number}" in sent.caption
        assert "Document: Order" in sent.caption

    def test_an_invoice_is_another_paper_of_the_same_order(self, order, maker):
        writes_to_us()

        first = documents.send_order(order_id=order.pk)
        second = documents.send_invoice(order_id=order.pk)

        assert first.pk != second.pk
        assert [kind for kind, _pk, _language in maker.made] == ["order", "invoice"]

    @pytest.mark.parametrize(
        ("language", "button"),
        [("en", "Accept the quote"), ("hu", "Elfogadom"), ("ro", "Accept oferta")],
    )
    def test_it_speaks_the_customers_language(self, quote, maker, language, button):
        writes_to_us()
        type(quote.customer).objects.update(language=language)

        message = documents.send_quote(quote_id=quote.pk)

        assert message.content["buttons"][0]["title"] == button
        assert maker.made[0][2] == language

    def test_a_customer_without_a_phone_is_reached_where_they_wrote_from(self, quote):
        type(quote.customer).objects.update(phone="", phone_e164="")
        conversation = writes_to_us(customer=quote.customer)

        message = documents.send_quote(quote_id=quote.pk)

        assert message.conversation_id == conversation.pk

    def test_same_paper_needs_no_second_upload(self, order):
        writes_to_us()
        documents.send_order(order_id=order.pk)
        leave()

        again = documents.send_order(order_id=order.pk, again=True)

        assert again.content["media_id"]
        assert OutboxItem.objects.get().state == "PENDING"


class TestOutsideTheWindow:
    def test_a_quote_goes_as_a_template_with_its_file_and_its_buttons(self, quote):
        approved("quote_document")

        message = documents.send_quote(quote_id=quote.pk)
        leave()

        call = testing.gateway().sent[0].content
        header, *_body, accept, question = call.components
        file = header["parameters"][0]["document"]
        assert message.template.name == "quote_document"
        assert testing.gateway().files[file["id"]].startswith(b"%PDF")
        assert file["filename"] == f"quote-{quote.pk}.pdf"
        assert [accept["index"], question["index"]] == ["0", "1"]
        assert [part["parameters"][0]["payload"] for part in (accept, question)] == buttons_of(
            message
        )

    def test_a_known_file_is_named_at_once(self, order):
        approved("order_document")
        documents.send_order(order_id=order.pk)
        leave()

        again = documents.send_order(order_id=order.pk, again=True)

        given = again.content["components"][0]["parameters"][0]["document"]["id"]
        assert given in testing.gateway().files
        assert OutboxItem.objects.get().state == "PENDING"

    def test_a_failed_one_is_sent_again_with_a_new_upload(self, quote):
        approved("quote_document")
        message = documents.send_quote(quote_id=quote.pk)
        leave()
        fail(message)

        messages.retry(message_id=message.pk)
        leave()

        first, second = testing.gateway().sent
        ids = [
            one.content.components[0]["parameters"][0]["document"]["id"] for one in (first, second)
        ]
        assert len(set(ids)) == 2
        assert set(ids) == set(testing.gateway().files)

    def test_without_a_template_it_says_so_and_makes_no_paper(self, quote, maker):
        with pytest.raises(TemplateNotApprovedError, match="quote_document"):
            documents.send_quote(quote_id=quote.pk)

        assert nothing_is_left()
        assert maker.made == []

    def test_a_template_that_lost_its_document_is_not_sent_without_it(self, quote):
        TemplateFactory(name="quote_document", language="ro")

        with pytest.raises(TemplateNotApprovedError, match="no document as its header"):
            documents.send_quote(quote_id=quote.pk)

        assert nothing_is_left()


class TestOnce:
    def test_a_second_click_finds_the_first_ones_message(self, quote, maker):
        writes_to_us()

        first = documents.send_quote(quote_id=quote.pk)
        second = documents.send_quote(quote_id=quote.pk)

        assert first.pk == second.pk
        assert Message.objects.count() == SentDocument.objects.count() == 1
        assert len(maker.made) == 1

    def test_again_is_a_second_message(self, quote):
        writes_to_us()
        first = documents.send_quote(quote_id=quote.pk)

        second = documents.send_quote(quote_id=quote.pk, again=True)

        assert first.pk != second.pk

    def test_the_same_key_asks_for_one_second_message(self, quote):
        writes_to_us()
        documents.send_quote(quote_id=quote.pk)
        asked = {"kind": DocumentKind.QUOTE, "document_id": quote.pk, "again": True}

        second = documents.send(**asked, idempotency_key="k")
        third = documents.send(**asked, idempotency_key="k")

        assert second.pk == third.pk
        assert Message.objects.count() == 2

    def test_a_key_used_for_another_paper_is_a_conflict(self, quote, order):
        writes_to_us()
        documents.send(kind=DocumentKind.QUOTE, document_id=quote.pk, idempotency_key="k")

        with pytest.raises(IdempotencyConflictError):
            documents.send(kind=DocumentKind.ORDER, document_id=order.pk, idempotency_key="k")

        assert Message.objects.count() == 1

    def test_one_that_failed_is_sent_anew(self, quote):
        writes_to_us()
        first = documents.send_quote(quote_id=quote.pk)
        fail(first)

        second = documents.send_quote(quote_id=quote.pk)

        assert first.pk != second.pk


@pytest.mark.django_db(transaction=True)
def test_two_clicks_of_one_moment_make_one_message(quote, settings):
    writes_to_us()
    ready, found = threading.Barrier(2), []

    def click():
        try:
            ready.wait(timeout=10)
            found.append(documents.send_quote(quote_id=quote.pk).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(found) == 2
    assert len(set(found)) == 1
    assert Message.objects.count() == Media.objects.count() == 1
    assert len(files()) == 1


class TestColleaguesConversation:
    """Whoever sees only their own conversations writes into no other, by papers neither."""

    @pytest.fixture(autouse=True)
    def agent(self, settings):
        settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}
        return UserFactory()

    def refused(self, quote, agent):
        with pytest.raises(MessageNotDeliverableError) as refusal:
            documents.send_quote(quote_id=quote.pk, user_id=agent.pk)
        return refusal.value.details == {"reason": "colleagues_conversation"}

    def test_nothing_is_sent_there(self, quote, agent):
        conversation = writes_to_us()
        Conversation.objects.update(assigned_to=UserFactory(), status="ASSIGNED")

        assert self.refused(quote, agent)
        assert not Message.objects.filter(conversation=conversation).exists()

    def test_what_a_colleague_sent_there_is_not_given_out(self, quote, agent):
        writes_to_us()
        colleague = UserFactory()
        Conversation.objects.update(assigned_to=colleague, status="ASSIGNED")
        documents.send_quote(quote_id=quote.pk, user_id=colleague.pk)

        assert self.refused(quote, agent)


class TestRefusals:
    def test_a_maker_that_breaks_leaves_nothing_half_done(self, quote, maker):
        writes_to_us()
        maker.error = RuntimeError("no ink")

        with pytest.raises(DocumentError, match="RuntimeError") as caught:
            documents.send_quote(quote_id=quote.pk)

        assert (
            "ink" not in caught.value.message
        )  # what the ERP's own words hold is not ours to show
        assert nothing_is_left()

    def test_a_maker_may_refuse_in_its_own_words(self, quote, maker):
        writes_to_us()
        maker.error = ValidationError("There are no lines.")

        with pytest.raises(ValidationError, match="no lines"):
            documents.send_quote(quote_id=quote.pk)

    def test_a_paper_the_erp_does_not_have_is_not_found(self, order, maker):
        writes_to_us()
        maker.missing.add((DocumentKind.INVOICE, order.pk))

        with pytest.raises(NotFoundError, match="no such document"):
            documents.send_invoice(order_id=order.pk)

        assert nothing_is_left()

    def test_what_is_no_file_for_whatsapp_is_refused_and_forgotten(self, quote, settings):
        writes_to_us()
        settings.WHATSAPP = {
            **settings.WHATSAPP,
            "DOCUMENT_MAKER": f"{__name__}.EmptyMaker",
        }

        with pytest.raises(ValidationError):
            documents.send_quote(quote_id=quote.pk)

        assert nothing_is_left()

    def test_without_a_maker_nothing_can_be_sent(self, quote, settings):
        settings.WHATSAPP = {**settings.WHATSAPP, "DOCUMENT_MAKER": ""}
        writes_to_us()

        with pytest.raises(MessageNotDeliverableError, match="makes no documents"):
            documents.send_quote(quote_id=quote.pk)

    def test_a_cancelled_order_is_not_sent(self, order):
        type(order).objects.update(status="CANCELLED")
        writes_to_us()

        with pytest.raises(MessageNotDeliverableError, match="cancelled"):
            documents.send_order(order_id=order.pk)

    @pytest.mark.parametrize(
        "change",
        [
            {"status": "ACCEPTED"},
            {"status": "REJECTED"},
            {"valid_until_date": timezone.localdate() - timedelta(days=1)},
        ],
    )
    def test_a_quote_that_is_over_is_not_sent(self, quote, change):
        type(quote).objects.update(**change)
        writes_to_us()

        with pytest.raises(MessageNotDeliverableError, match="answered"):
            documents.send_quote(quote_id=quote.pk)

        assert nothing_is_left()

    def test_a_wrong_number_is_refused(self, quote, maker):
        type(quote.customer).objects.update(phone="12", phone_e164="")

        with pytest.raises(InvalidPhoneError):
            documents.send_quote(quote_id=quote.pk)

        assert maker.made == []

    def test_a_customer_without_any_address_is_refused(self, quote):
        type(quote.customer).objects.update(phone="", phone_e164="")

        with pytest.raises(NotFoundError, match="no phone number"):
            documents.send_quote(quote_id=quote.pk)

    def test_an_unknown_quote_is_not_found(self, maker):
        with pytest.raises(NotFoundError):
            documents.send_quote(quote_id=1)

    def test_a_module_that_is_off_makes_no_paper(self, quote, maker, settings):
        settings.WHATSAPP = {**settings.WHATSAPP, "ENABLED": False}

        with pytest.raises(MessageNotDeliverableError, match="switched off"):
            documents.send_quote(quote_id=quote.pk)

    def test_refusal_can_be_told_before_it_is_tried(self, quote):
        against = documents.refusal(kind=DocumentKind.QUOTE, document_id=quote.pk)
        writes_to_us()
        now = documents.refusal(kind=DocumentKind.QUOTE, document_id=quote.pk)

        assert isinstance(against, TemplateNotApprovedError)
        assert now is None
        assert nothing_is_left()

    def test_looking_for_a_refusal_makes_no_contact(self, quote):
        documents.refusal(kind=DocumentKind.QUOTE, document_id=quote.pk)

        assert not ContactFactory._meta.model.objects.exists()


class EmptyMaker:
    """Makes files without a byte."""

    def make(self, kind, document_id, *, language):
        from whatsapp.ports import Document

        return Document(filename="a.pdf", title="A", content=b"")


class TestSignal:
    def test_the_erp_hears_of_it_in_the_same_transaction(self, quote):
        writes_to_us()

        documents.send_quote(quote_id=quote.pk)

        quote.refresh_from_db()
        assert quote.status == "SENT"

    def test_what_is_refused_moves_nothing(self, quote):
        with pytest.raises(TemplateNotApprovedError):
            documents.send_quote(quote_id=quote.pk)

        quote.refresh_from_db()
        assert quote.status == "DRAFT"


def leave():
    """What the workers do."""
    uploads.upload_due(now=timezone.now())
    delivery.send_due(number_id=BusinessNumberFactory().pk)


def fail(message):
    Message.objects.filter(pk=message.pk).update(delivery_status="FAILED")
    OutboxItem.objects.filter(message=message).delete()
    OutboxItem.objects.create(
        message=message, number=message.number, contact=message.contact, state="FAILED"
    )
