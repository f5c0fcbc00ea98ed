"""The papers as their readers see them: complete, in their letters, page by page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pypdfium2
import pytest

from cypher_erp.adapters.papers import ErpDocumentMaker
from tests.erp.factories import (
    CustomerFactory,
    OrderFactory,
    QuoteFactory,
    SupplierFactory,
    SupplierOrderFactory,
)
from whatsapp.errors import ValidationError
from whatsapp.ports import DocumentKind

pytestmark = pytest.mark.django_db
PLACED = datetime(2026, 11, 20, 10, tzinfo=UTC)
NAMES = ("Hârtie, Țesătură și Șervețele", "Őszi fűszer, hűtött")


@pytest.fixture
def order():
    customer = CustomerFactory(
        name="Brutăria Spicul SRL", vat_id="RO10000014", address="Str. Turnului 3", city="Sibiu"
    )
    return OrderFactory(customer=customer, placed_at=PLACED, notes="Livrare luni.")


def add_lines(row, count, *, rates=("21", "11")):
    for place in range(count):
        row.lines.create(
            code=f"C{place:03}",
            name=NAMES[place % 2],
            quantity=Decimal("2.5"),
            unit_price=Decimal("845.50"),
            vat_rate=Decimal(rates[place % len(rates)]),
        )
    row.add_up(row.lines.all())
    row.save()


def pages(kind, row, *, language="ro"):
    """The text of each page, on one line."""
    made = ErpDocumentMaker().make(kind, row.pk, language=language)
    with pypdfium2.PdfDocument(made.content) as pdf:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf]


def test_an_order_says_who_what_and_how_much(order):
    add_lines(order, 2)

    (page,) = pages(DocumentKind.ORDER, order)

    for words in (
        *("Comandă", order.number, "20 noiembrie 2026", "Brutăria Spicul SRL", "RO10000014"),
        *("Cypher Birotică SRL", "Str. Turnului 3, Sibiu", "Livrare luni.", *NAMES),
        *("2,5", "845,50", "2.113,75", "Total fără TVA", "4.227,50 lei"),
        *("TVA 21%", "443,89 lei", "TVA 11%", "232,51 lei"),
        *("Total de plată", "4.903,90 lei", "Pagina 1 din 1"),
    ):
        assert words in page


def test_an_invoice_is_a_proforma_and_says_so(order):
    add_lines(order, 1)

    (page,) = pages(DocumentKind.INVOICE, order)
    made = ErpDocumentMaker().make(DocumentKind.INVOICE, order.pk, language="ro")

    assert "nu este document fiscal" in page
    assert made.title == "Factură proformă"
    assert made.filename == f"Factură proformă {order.number}.pdf"


def test_two_hundred_lines_go_over_pages_that_all_have_their_headings():
    quote = QuoteFactory(valid_until_date=date(2026, 12, 20))
    add_lines(quote, 200)

    told = pages(DocumentKind.QUOTE, quote)

    assert len(told) > 4
    assert all("Produs" in page for page in told)
    assert [page.count(f"Pagina {n} din {len(told)}") for n, page in enumerate(told, 1)] == [
        1
    ] * len(told)
    assert all(sum(f"(C{n:03})" in page for page in told) == 1 for n in range(200))
    assert "Valabilă până la: 20 decembrie 2026" in told[0]
    assert "Total de plată" in told[-1]
    assert quote.number in told[-1]


@pytest.mark.parametrize(
    ("language", "title", "total"),
    [("ro", "Ofertă", "lei"), ("en", "Quote", "2,113.75"), ("hu", "Árajánlat", "lej")],
)
def test_papers_speak_three_languages(language, title, total):
    quote = QuoteFactory(created_at=PLACED)
    add_lines(quote, 1)

    (page,) = pages(DocumentKind.QUOTE, quote, language=language)

    assert title in page
    assert total in page


def test_an_order_to_a_supplier_has_no_prices():
    order = SupplierOrderFactory(
        supplier=SupplierFactory(name="Zöld Farm", language="hu"), created_at=PLACED
    )
    order.lines.create(code="X1", name=NAMES[1], quantity=Decimal("1200"), unit="buc")

    (page,) = pages(DocumentKind.SUPPLIER_ORDER, order, language="hu")

    assert "Megrendelés" in page
    assert "db" in page
    assert NAMES[1] in page
    assert "Nettó" not in page


def test_the_same_order_gives_the_same_bytes(order):
    add_lines(order, 3)
    maker = ErpDocumentMaker()

    first = maker.make(DocumentKind.ORDER, order.pk, language="ro")
    second = maker.make(DocumentKind.ORDER, order.pk, language="ro")

    assert first.content == second.content


def test_an_order_without_lines_is_refused(order):
    with pytest.raises(ValidationError, match="no lines"):
        ErpDocumentMaker().make(DocumentKind.ORDER, order.pk, language="ro")


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_what_there_is_not_has_no_paper(kind):
    assert ErpDocumentMaker().make(kind, 999999, language="ro") is None


def test_english_paper_writes_its_day_as_the_message_does(order):
    add_lines(order, 1)

    (page,) = pages(DocumentKind.ORDER, order, language="en")

    assert "Date: 20 November 2026" in page
