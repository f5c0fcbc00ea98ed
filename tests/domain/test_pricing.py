"""Costs by the rate card: whose price counts, and what has none."""

from datetime import date
from decimal import Decimal

from whatsapp.domain.pricing import Charge, Rate, estimate

AUTUMN, WINTER = date(2026, 10, 1), date(2027, 1, 1)


def rate(code="40", category="utility", amount="0.05", currency="EUR", valid_from=AUTUMN):
    return Rate(
        calling_code=code,
        category=category,
        amount=Decimal(amount),
        currency=currency,
        valid_from=valid_from,
    )


def charge(n=1, day=date(2026, 11, 10), category="utility", code="40"):
    return Charge(day=day, category=category, calling_code=code, n=n)


def test_newest_price_in_force_on_the_day_counts():
    rates = [rate(amount="0.05"), rate(amount="0.07", valid_from=WINTER)]

    found = estimate([charge(10), charge(10, day=WINTER)], rates=rates)

    assert found.amounts == {"EUR": Decimal("1.20")}


def test_price_of_the_country_goes_before_a_newer_one_of_the_others():
    rates = [rate(), rate(code="", amount="9", valid_from=date(2026, 11, 1))]

    assert estimate([charge()], rates=rates).amounts == {"EUR": Decimal("0.05")}
    assert estimate([charge(code="49")], rates=rates).amounts == {"EUR": Decimal(9)}


def test_what_has_no_price_is_counted_and_left_out():
    rates = [rate()]
    before, other = charge(2, day=date(2026, 9, 30)), charge(3, category="marketing")

    found = estimate([before, other, charge(4), charge(1, code="49")], rates=rates)

    assert (found.priced, found.unpriced) == (4, 6)
    assert found.amounts == {"EUR": Decimal("0.20")}


def test_currencies_are_never_added_up():
    rates = [rate(), rate(category="marketing", amount="1", currency="USD")]

    found = estimate([charge(), charge(category="MARKETING")], rates=rates)

    assert found.amounts == {"EUR": Decimal("0.05"), "USD": Decimal(1)}


def test_either_spelling_of_meta_finds_the_price():
    rates = [rate(category="authentication-international")]

    assert estimate([charge(category="authentication_international")], rates=rates).unpriced == 0
