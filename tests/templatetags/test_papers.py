"""What the ERP's pages show of papers, and the button that sends them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from tests.erp.factories import (
    CustomerFactory,
    QuoteLineFactory,
    SupplierFactory,
    SupplierOrderLineFactory,
    UserFactory,
)
from tests.factories import MessageFactory
from tests.services.notices.shop import approved
from tests.services.papers import buttons_of, hear, press, writes_to_us
from whatsapp import testing
from whatsapp.models import Message
from whatsapp.services import documents, orders

pytestmark = pytest.mark.django_db
SEND = "/admin/whatsapp/conversation/papers/send/"


@pytest.fixture(autouse=True)
def _in_memory(settings):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "DOCUMENT_MAKER": "whatsapp.testing.InMemoryDocuments",
    }


@pytest.fixture
def desk():
    client = Client()
    client.user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(client.user)
    return client


@pytest.fixture
def quote():
    return QuoteLineFactory(quote__customer=CustomerFactory(phone="0700 000 001")).quote


@pytest.fixture
def supplier_order():
    return SupplierOrderLineFactory(order__supplier=SupplierFactory(phone="0700 000 001")).order


def page_of(row):
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def panel(desk, row):
    html = desk.get(page_of(row)).content.decode()
    start = html.index('<section class="wa-panel"')
    return html[start : html.index("</section>", start)]


def told(answer):
    return [str(message) for message in answer.context["messages"]]


def send(desk, kind, row, **more):
    values = {"kind": kind, "document": row.pk, "key": "k", "next": page_of(row), **more}
    return desk.post(SEND, values, follow=True)


def test_a_quote_not_sent_yet_has_a_button(desk, quote):
    writes_to_us()

    shown = panel(desk, quote)

    assert "Not sent yet." in shown
    assert "Send by WhatsApp" in shown


def test_the_button_sends_and_the_page_tells_how_far_it_came(desk, quote):
    writes_to_us()

    answer = send(desk, "quote", quote)

    message = Message.objects.get()
    assert told(answer) == ["It is on its way by WhatsApp."]
    assert answer.redirect_chain == [(page_of(quote), 302)]
    assert message.user_id == desk.user.pk
    assert "Waiting to be sent" in panel(desk, quote)
    assert "Send it again" in panel(desk, quote)


def test_a_form_posted_twice_sends_once(desk, quote):
    writes_to_us()

    send(desk, "quote", quote)
    send(desk, "quote", quote)
    send(desk, "quote", quote, again="1", key="other")
    send(desk, "quote", quote, again="1", key="other")

    assert Message.objects.count() == 2


def test_what_forbids_it_is_said_in_place_of_the_button(desk, quote):
    shown = panel(desk, quote)

    assert "It cannot be sent:" in shown
    assert "Send by WhatsApp" not in shown


def test_a_refusal_is_told_on_the_page_and_sends_nothing(desk, quote):
    writes_to_us()
    testing.document_maker().error = RuntimeError("no ink")

    answer = send(desk, "quote", quote)

    assert "could not be made" in told(answer)[0]
    assert not Message.objects.exists()


def test_the_answer_is_shown(desk, quote):
    writes_to_us()
    message = documents.send_quote(quote_id=quote.pk)
    press(buttons_of(message)[0], wamid="wamid.A")

    shown = panel(desk, quote)

    assert "The customer accepted it." in shown
    assert "was answered, or has run out" in shown


def test_a_supplier_order_shows_the_conversation_and_what_is_owed(desk, supplier_order):
    approved("supplier_order")
    orders.send_supplier_order(supplier_order_id=supplier_order.pk)

    assert "the PDF follows when the supplier answers" in panel(desk, supplier_order)

    hear("wamid.A", "Confirmăm.")
    shown = panel(desk, supplier_order)
    assert "Confirmăm." in shown
    assert "Write to the supplier" in shown
    assert "the PDF follows" not in shown


def test_the_conversation_names_the_supplier_and_the_order(desk, supplier_order):
    conversation = writes_to_us()
    orders.send_supplier_order(supplier_order_id=supplier_order.pk)

    page = desk.get(f"/admin/whatsapp/conversation/{conversation.pk}/change/").content.decode()

    assert supplier_order.supplier.name in page
    assert f'<a href="{page_of(supplier_order)}">Order {supplier_order.number}' in page


def test_another_conversation_names_no_supplier(desk):
    conversation = MessageFactory().conversation

    page = desk.get(f"/admin/whatsapp/conversation/{conversation.pk}/change/").content.decode()

    assert "to the supplier" not in page


def test_the_pdf_can_be_looked_at_before(desk, quote):
    writes_to_us()

    answer = desk.get(f"/admin/whatsapp/conversation/papers/quote/{quote.pk}/")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    assert not Message.objects.exists()


@pytest.mark.parametrize("address", ["papers/letter/1/", "papers/quote/999999/"])
def test_a_paper_there_is_not_is_404(desk, address):
    assert desk.get(f"/admin/whatsapp/conversation/{address}").status_code == 404


def test_who_may_not_send_sends_nothing(quote):
    writes_to_us()
    outsider = Client()
    outsider.force_login(UserFactory(is_staff=True))

    sent = outsider.post(SEND, {"kind": "quote", "document": quote.pk, "key": "k"})
    looked = outsider.get(f"/admin/whatsapp/conversation/papers/quote/{quote.pk}/")

    assert (sent.status_code, looked.status_code) == (302, 403)
    assert not Message.objects.exists()


def test_who_may_see_no_phones_sees_no_paper_that_shows_one(quote):
    """A PDF cannot be veiled."""
    agent = Client()
    agent.user = UserFactory(is_staff=True)
    writes_to_us()
    names = ("view_conversation", "view_message", "view_ordernotice", "view_quote")
    agent.user.user_permissions.set(Permission.objects.filter(codename__in=names))
    agent.force_login(agent.user)

    looked = agent.get(f"/admin/whatsapp/conversation/papers/quote/{quote.pk}/")

    assert looked.status_code == 403
    assert "/papers/quote/" not in panel(agent, quote)


def test_it_leads_to_no_page_of_others(desk, quote):
    writes_to_us()

    values = {"kind": "quote", "document": quote.pk, "key": "k", "next": "https://evil.example/"}
    answer = desk.post(SEND, values)

    assert answer["Location"] == "/admin/"


def test_sending_takes_a_post(desk):
    assert desk.get(SEND).status_code == 405
