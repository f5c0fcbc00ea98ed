from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from whatsapp.domain import formats


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("ro", "ro"),
        ("en-GB", "en"),
        ("HU_hu", "hu"),
        (" en ", "en"),
        ("de", "ro"),
        ("", "ro"),
    ],
)
def test_language_is_one_of_ours_or_romanian(raw, expected):
    assert formats.known_language(raw) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "language", "expected"),
    [
        ("1234.5", "RON", "ro", "1.234,50 lei"),
        ("0", "RON", "ro", "0,00 lei"),
        ("0.005", "RON", "ro", "0,01 lei"),
        ("-12.3", "RON", "ro", "-12,30 lei"),
        ("1234567.891", "ron", "ro", "1.234.567,89 lei"),
        ("1234.5", "RON", "en", "1,234.50 lei"),
        ("1234.5", "RON", "hu", "1 234,50 lej"),
        ("1234.5", "EUR", "ro", "1.234,50 EUR"),
        ("1234.5", "EUR", "en", "€1,234.50"),
        ("1234.5", "eur", "hu", "1 234,50 EUR"),
        ("12500", "HUF", "hu", "12 500 Ft"),
        ("12500.5", "HUF", "ro", "12.501 HUF"),
        ("1000000", "huf", "en", "HUF 1,000,000"),
        ("-0.004", "RON", "ro", "0,00 lei"),
    ],
)
def test_money_reads_as_a_shop_writes_it(amount, currency, language, expected):
    assert formats.money(Decimal(amount), currency=currency, language=language) == expected


@pytest.mark.parametrize(
    ("day", "language", "expected"),
    [
        (date(2026, 11, 22), "ro", "22 noiembrie 2026"),
        (date(2026, 11, 22), "en", "22 November 2026"),
        (date(2026, 11, 22), "hu", "2026. november 22."),
        (datetime(2026, 11, 21, 22, 30, tzinfo=UTC), "ro", "22 noiembrie 2026"),
    ],
)
def test_dates_are_written_out_as_of_romania(day, language, expected):
    assert formats.long_date(day, language=language) == expected


@pytest.mark.parametrize(
    ("amount", "language", "expected"),
    [
        ("10.000", "ro", "10"),
        ("2.50", "ro", "2,5"),
        ("1000", "ro", "1.000"),
        ("2.50", "en", "2.5"),
        ("1000", "hu", "1 000"),
    ],
)
def test_quantities_have_no_needless_zeros(amount, language, expected):
    assert formats.quantity(Decimal(amount), language=language) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 produse"),
        (1, "un produs"),
        (2, "2 produse"),
        (19, "19 produse"),
        (20, "20 de produse"),
        (100, "100 de produse"),
        (101, "101 produse"),
        (119, "119 produse"),
        (120, "120 de produse"),
        (1234, "1.234 de produse"),
    ],
)
def test_romanian_counts_with_de_from_twenty(count, expected):
    assert formats.products(count) == expected


@pytest.mark.parametrize(
    ("count", "language", "expected"),
    [
        (1, "en", "1 product"),
        (2, "en", "2 products"),
        (1, "hu", "1 termék"),
        (20, "hu", "20 termék"),
    ],
)
def test_other_languages_count_their_own_way(count, language, expected):
    assert formats.products(count, language=language) == expected
