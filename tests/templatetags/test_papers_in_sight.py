"""A paper is shown to whom both WhatsApp and the ERP show what is on it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from cypher_erp.adapters.papers import ErpDocumentMaker
from tests.erp.factories import (
    CustomerFactory,
    OrderFactory,
    QuoteLineFactory,
    SupplierOrderLineFactory,
    UserFactory,
)
from tests.factories import BusinessNumberFactory
from tests.services.papers import writes_to_us
from whatsapp import testing
from whatsapp.errors import NotFoundError
from whatsapp.models import Message
from whatsapp.ports import DocumentKind
from whatsapp.services import documents

pytestmark = pytest.mark.django_db
OURS = ("view_conversation", "view_message", "view_phone", "reply_conversation", "send_message")
SEND = "/admin/whatsapp/conversation/papers/send/"


@pytest.fixture
def quote():
    return QuoteLineFactory(quote__customer=CustomerFactory(phone="0700 000 001")).quote


def agent_with(*names):
    client = Client()
    client.user = UserFactory(is_staff=True)
    client.user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(client.user)
    return client


def look(client, kind, row):
    return client.get(f"/admin/whatsapp/conversation/papers/{kind}/{row.pk}/")


@pytest.mark.parametrize("permission", ["view_quote", "change_quote"])
def test_whoever_both_let_sees_the_pdf(quote, permission):
    answer = look(agent_with(*OURS, permission), "quote", quote)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")


@pytest.mark.parametrize("names", [(), ("view_order",), ("view_supplierorder",), ("add_quote",)])
def test_who_may_not_see_quotes_in_the_erp_sees_no_paper_of_one(quote, names):
    answer = look(agent_with(*OURS, *names), "quote", quote)

    assert answer.status_code == 404
    assert b"%PDF" not in answer.content


def test_the_erps_permission_alone_is_not_enough(quote):
    ours = [name for name in OURS if name != "view_phone"]

    assert look(agent_with(*ours, "view_quote"), "quote", quote).status_code == 403


@pytest.mark.parametrize(
    ("kind", "make", "permission"),
    [
        ("order", lambda: OrderFactory(), "view_order"),
        ("invoice", lambda: OrderFactory(), "view_order"),
        ("supplier_order", lambda: SupplierOrderLineFactory().order, "view_supplierorder"),
    ],
)
def test_each_kind_asks_for_its_own(kind, make, permission):
    row, maker = make(), ErpDocumentMaker()
    allowed = agent_with(permission).user.pk
    refused = agent_with(*{"view_order", "view_supplierorder", "view_quote"} - {permission}).user.pk

    assert maker.may_see(DocumentKind(kind), row.pk, user_id=allowed)
    assert not maker.may_see(DocumentKind(kind), row.pk, user_id=refused)
    assert not maker.may_see(DocumentKind(kind), row.pk, user_id=10**9)


def test_what_one_may_not_see_one_cannot_send_either(settings, quote):
    """It would be read in the conversation."""
    BusinessNumberFactory()
    writes_to_us()
    agent = agent_with(*OURS)

    agent.post(SEND, {"kind": "quote", "document": quote.pk, "key": "k"})

    assert not Message.objects.sent().exists()
    with pytest.raises(NotFoundError):
        documents.send_quote(quote_id=quote.pk, user_id=agent.user.pk)


def test_the_panel_shows_no_way_to_a_hidden_paper(settings, quote):
    in_memory = {"DOCUMENT_MAKER": "whatsapp.testing.InMemoryDocuments"}
    settings.WHATSAPP = {**settings.WHATSAPP, **in_memory}
    agent, page = (
        agent_with(*OURS, "view_ordernotice", "view_quote"),
        f"/admin/quotes/quote/{quote.pk}/change/",
    )
    way = f"/papers/quote/{quote.pk}/"

    assert way in agent.get(page).content.decode()
    testing.document_maker().hidden.add((DocumentKind.QUOTE, quote.pk))
    assert way not in agent.get(page).content.decode()


def test_the_app_itself_sees_all(settings, quote):
    in_memory = {"DOCUMENT_MAKER": "whatsapp.testing.InMemoryDocuments"}
    settings.WHATSAPP = {**settings.WHATSAPP, "GATEWAY": "whatsapp.testing.RecordingGateway"}
    settings.WHATSAPP = {**settings.WHATSAPP, **in_memory}
    testing.document_maker().hidden.add((DocumentKind.QUOTE, quote.pk))
    BusinessNumberFactory()
    writes_to_us()

    assert documents.send_quote(quote_id=quote.pk).pk
