"""Papers that do not leave, or leave by another way; nothing of them stays behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import ContactFactory, TemplateFactory
from tests.services.notices.shop import approved
from tests.services.papers import buttons_of, fail, files, leave, writes_to_us
from whatsapp import testing
from whatsapp.domain.documents import DocumentKind
from whatsapp.errors import (
    DocumentError,
    InvalidPhoneError,
    MessageNotDeliverableError,
    NotFoundError,
    TemplateNotApprovedError,
    ValidationError,
)
from whatsapp.models import Message, OutboxItem, SentDocument
from whatsapp.services import documents, messages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_storage")]


def nothing_is_left():
    return not (Message.objects.exists() or SentDocument.objects.exists() or files())


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
