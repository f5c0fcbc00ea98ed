"""Numbers without gaps, totals to the ban."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cypher_erp.numbering import next_number
from cypher_erp.orders import services
from cypher_erp.orders.models import Order, OrderLine
from cypher_erp.quotes import services as quotes
from cypher_erp.screens import lei
from tests.erp.factories import (
    CustomerFactory,
    OrderFactory,
    OrderLineFactory,
    QuoteFactory,
    QuoteLineFactory,
    SupplierOrderFactory,
)


@pytest.mark.django_db
def test_documents_are_numbered_by_kind_and_year():
    placed_at = datetime(2026, 5, 4, tzinfo=UTC)

    orders = [OrderFactory(placed_at=placed_at) for _ in range(2)]
    quote = QuoteFactory(created_at=placed_at)
    supplier_order = SupplierOrderFactory(created_at=placed_at)

    assert [order.number for order in orders] == ["C-2026-00001", "C-2026-00002"]
    assert quote.number == "O-2026-00001"
    assert supplier_order.number == "F-2026-00001"


@pytest.mark.django_db
def test_year_of_a_number_is_the_shops_year():
    half_past_midnight_in_bucharest = datetime(2025, 12, 31, 22, 30, tzinfo=UTC)

    order = OrderFactory(placed_at=half_past_midnight_in_bucharest)

    assert order.number == "C-2026-00001"


@pytest.mark.django_db
def test_number_after_99999_goes_on():
    for number in ("C-2026-99999", "C-2026-100000"):
        Order.objects.create(customer=CustomerFactory(), number=number)

    assert next_number(model=Order, letter="C", year=2026) == "C-2026-100001"


@pytest.mark.django_db
def test_order_total_is_the_sum_of_its_lines_with_vat():
    order = OrderFactory()
    OrderLineFactory(order=order, quantity=Decimal(2), unit_price=Decimal("845.50"))
    OrderLineFactory(
        order=order, quantity=Decimal("0.5"), unit_price=Decimal("76.15"), vat_rate=Decimal(11)
    )

    services.add_up(order_id=order.pk)

    order.refresh_from_db()
    assert order.net_total == Decimal("1729.08")  # 1691.00 + 38.08
    assert order.vat_total == Decimal("359.30")  # 355.11 + 4.19
    assert order.total == Decimal("2088.38")


@pytest.mark.django_db
def test_quote_total_is_the_sum_of_its_lines_with_vat():
    line = QuoteLineFactory(quantity=Decimal(1), unit_price=Decimal("1499.00"))

    quotes.add_up(quote_id=line.quote_id)

    line.quote.refresh_from_db()
    assert line.quote.total == Decimal("1813.79")


def test_half_a_ban_rounds_up():
    line = OrderLine(quantity=Decimal("0.5"), unit_price=Decimal("0.01"), vat_rate=Decimal(0))

    assert line.net == Decimal("0.01")


def test_amounts_are_written_as_romanians_do():
    assert lei(Decimal("1234.5")) == "1.234,50 lei"
