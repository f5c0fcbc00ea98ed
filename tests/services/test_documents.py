"""Orders, quotes and invoices as files: each once, complete, or not at all."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from tests.erp.factories import UserFactory
from tests.services.papers import fail, files, leave, writes_to_us
from whatsapp import testing
from whatsapp.domain.documents import DocumentKind
from whatsapp.errors import (
    IdempotencyConflictError,
    MessageNotDeliverableError,
    TemplateNotApprovedError,
)
from whatsapp.models import Conversation, Media, Message, OutboxItem, SentDocument
from whatsapp.services import documents

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_storage")]


class TestInsideTheWindow:
    def test_a_quote_is_a_document_with_two_buttons(self, quote):
        writes_to_us()

        message = documents.send_quote(quote_id=quote.pk)

        assert (message.message_type, message.quote_id) == ("INTERACTIVE", quote.pk)
        assert message.customer_id == quote.customer_id
        assert "propunerea de preț" in message.message_text
        assert "1.234,50 lei" in message.message_text
        assert [one["title"] for one in message.content["buttons"]] == [
            "Accept propunerea",
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
        [("en", "Accept the quote"), ("hu", "Elfogadom"), ("ro", "Accept propunerea")],
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
