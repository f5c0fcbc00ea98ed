"""Orders to suppliers: said in full, and sent once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.erp.factories import SupplierFactory, SupplierOrderFactory
from tests.services.notices.shop import approved
from tests.services.papers import PHONE, hear, leave, writes_to_us
from tests.services.receiving.supplies import order_of, send
from whatsapp import testing
from whatsapp.errors import (
    InvalidPhoneError,
    NotFoundError,
    TemplateNotApprovedError,
    ValidationError,
)
from whatsapp.models import Media, Message, SentDocument
from whatsapp.services import orders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("maker")]


class TestInsideTheWindow:
    def test_a_short_order_is_the_caption_of_its_paper(self):
        writes_to_us()

        message = send(order_of(lines=2))

        assert (message.message_type, message.phone_number) == ("DOCUMENT", PHONE)
        assert "\n• 10 buc Cafea boabe (CB0)\n• 10 buc Cafea boabe (CB1)\n" in message.message_text
        assert message.content["caption"] == message.message_text
        assert Message.objects.count() == 1

    def test_a_long_order_is_a_text_with_its_paper_after_it(self):
        writes_to_us()

        message = send(order_of(lines=40))
        leave()

        text, paper = (one.content for one in testing.gateway().sent)
        assert text.text.count("\n• ") == 40
        assert 1024 < len(text.text) <= 4096
        assert (paper.caption, paper.filename) == ("", f"supplier_order-{paper_of(message)}.pdf")

    def test_what_no_text_holds_is_counted_and_the_paper_has_it(self):
        writes_to_us()

        send(order_of(lines=300))

        text = Message.objects.order_by("id").first().message_text
        shown = text.count("\n• ")
        assert len(text) <= 4096
        assert f"… și încă {300 - shown} de produse" in text
        assert 50 < shown < 300

    def test_it_is_written_in_the_suppliers_language(self):
        writes_to_us()

        message = send(order_of(language="hu"))

        assert "10 db Cafea boabe" in message.message_text
        assert testing.document_maker().made[0][2] == "hu"


class TestOutsideTheWindow:
    def test_it_goes_as_a_template_with_its_paper(self):
        approved("supplier_order_document")
        approved("supplier_order")

        message = send(order_of())
        leave()

        call = testing.gateway().sent[0].content
        assert message.template.name == "supplier_order_document"
        assert call.components[0]["parameters"][0]["document"]["id"] in testing.gateway().files
        assert "Cafea boabe" in message.message_text

    def test_without_that_template_the_paper_follows_the_answer_once(self):
        approved("supplier_order")
        row = order_of()

        message = send(row)
        leave()
        assert [one.content.name for one in testing.gateway().sent] == ["supplier_order"]
        assert testing.gateway().files == {}
        hear("wamid.A")
        hear("wamid.B")
        leave()

        papers = [one.content for one in testing.gateway().sent[1:]]
        assert [paper.filename for paper in papers] == [f"supplier_order-{row.pk}.pdf"]
        assert testing.gateway().files[papers[0].media_id].startswith(b"%PDF")
        assert SentDocument.objects.get(message=message).owed is None
        assert Message.objects.sent().filter(supplier_order=row).count() == 2

    def test_somebody_elses_message_brings_no_paper(self):
        approved("supplier_order")
        send(order_of())

        hear("wamid.A", sender="+40700000002")
        leave()

        assert SentDocument.objects.get().owed is not None
        assert Message.objects.filter(message_type="DOCUMENT").count() == 0

    def test_the_paper_does_not_follow_an_order_that_was_called_back(self):
        approved("supplier_order")
        message = send(order_of())
        Message.objects.filter(pk=message.pk).update(delivery_status="CANCELLED")

        hear("wamid.A")

        assert not Message.objects.filter(message_type="DOCUMENT").exists()

    def test_without_an_approved_template_it_says_so_and_queues_nothing(self):
        with pytest.raises(TemplateNotApprovedError, match="supplier_order_document"):
            send(order_of())

        assert not Message.objects.exists()


class TestRefusals:
    def test_a_wrong_number_is_refused(self):
        with pytest.raises(InvalidPhoneError):
            send(order_to(phone="12"))

    def test_a_supplier_without_a_number_is_refused(self):
        with pytest.raises(NotFoundError, match="supplier has no phone"):
            send(order_to(phone=""))

    def test_an_order_without_lines_is_refused(self):
        writes_to_us()

        with pytest.raises(ValidationError, match="no lines"):
            send(order_of(lines=0))

        assert not Message.objects.exists()
        assert testing.document_maker().made == []

    def test_an_unknown_order_is_not_found(self):
        with pytest.raises(NotFoundError):
            orders.send_supplier_order(supplier_order_id=1)


def order_to(*, phone):
    row = SupplierOrderFactory(supplier=SupplierFactory(phone=phone))
    row.lines.create(name="Cafea", quantity=Decimal(1))
    return row


class TestOnce:
    def test_a_double_click_is_one_order(self):
        writes_to_us()
        row = order_of(lines=40)

        assert send(row).pk == send(row).pk
        assert Message.objects.count() == 2  # the text and its paper
        assert Media.objects.count() == 1

    def test_again_is_a_second_one(self):
        writes_to_us()
        row = order_of()

        assert send(row).pk != send(row, again=True).pk

    def test_the_erp_marks_it_as_sent(self):
        writes_to_us()
        row = order_of()

        send(row)

        row.refresh_from_db()
        assert row.status == "SENT"
        assert row.sent_at is not None


def paper_of(message):
    return SentDocument.objects.get(message=message).document_id
