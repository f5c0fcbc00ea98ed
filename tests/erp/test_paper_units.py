"""Units on papers: in the reader's language, and whole."""

from __future__ import annotations

from decimal import Decimal

import pypdfium2
import pytest

from cypher_erp.adapters.papers import ErpDocumentMaker
from tests.erp.factories import QuoteFactory, SupplierOrderFactory
from whatsapp.ports import DocumentKind

pytestmark = pytest.mark.django_db
UNITS = ("buc", "cutie", "rolă", "mp", "serviciu", "bidon", "plic")


def page_of(kind, row, *, language):
    made = ErpDocumentMaker().make(kind, row.pk, language=language)
    with pypdfium2.PdfDocument(made.content) as pdf:
        (page,) = [each.get_textpage().get_text_bounded() for each in pdf]
    return page.split()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ro", UNITS),
        ("en", ("pcs", "boxes", "rolls", "m²", "services", "canisters", "plic")),
        ("hu", ("db", "doboz", "tekercs", "m²", "szolg.", "kanna", "plic")),
    ],
)
def test_a_quote_names_its_units_in_the_readers_language(language, expected):
    quote = QuoteFactory()
    for unit in UNITS:
        price = {"unit_price": Decimal(10), "vat_rate": Decimal(21)}
        quote.lines.create(name="Hârtie", quantity=Decimal(2), unit=unit, **price)

    words = page_of(DocumentKind.QUOTE, quote, language=language)

    assert [word for word in words if word in expected] == list(expected)


def test_an_order_to_a_supplier_too():
    order = SupplierOrderFactory()
    for unit in UNITS:
        order.lines.create(code="X", name="Hârtie", quantity=Decimal(1), unit=unit)

    words = page_of(DocumentKind.SUPPLIER_ORDER, order, language="en")

    expected = ["pc", "box", "roll", "m²", "service", "canister", "plic"]
    assert [word for word in words if word in expected] == expected
