"""Rows that tests of services begin with."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.erp.factories import CustomerFactory, OrderLineFactory, QuoteLineFactory
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    TemplateFactory,
    UserFactory,
)
from tests.services.notices.shop import approved
from tests.services.pairs import BSUID, WA_ID
from tests.services.papers import files, storage
from tests.services.receiving.steps import T0
from whatsapp import testing
from whatsapp.models import Conversation


@pytest.fixture
def number(outside):
    return BusinessNumberFactory()


@pytest.fixture
def conversation(db) -> Conversation:
    return ConversationFactory()


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


@pytest.fixture
def shop():
    """A number, and the standard templates approved in Romanian and English."""
    number = BusinessNumberFactory()
    for name in ("order_confirmed", "order_shipped", "order_delivered"):
        for language in ("ro", "en"):
            approved(name, language)
    return number


@pytest.fixture
def empty_storage():
    for name in files():
        storage().delete(name)


@pytest.fixture
def approved_template(outside):
    BusinessNumberFactory()
    TemplateFactory()


@pytest.fixture
def meta(settings):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "GATEWAY": "whatsapp.testing.RecordingGateway",
        "STAFF_NOTIFIER": "whatsapp.testing.RecordingStaffNotifier",
    }
    BusinessNumberFactory()
    return testing.gateway()


@pytest.fixture
def by_phone(outside):
    return ContactFactory(phone=f"+{WA_ID}", wa_id=WA_ID, phone_shown_at=T0, profile_name="Ana")


@pytest.fixture
def by_bsuid(by_phone):
    return ContactFactory(phone=None, wa_id=None, bsuid=BSUID, username="ana.p", profile_name="")


@pytest.fixture
def agent():
    return UserFactory()
