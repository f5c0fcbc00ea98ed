"""Money, dates and counts as a customer reads them; never depends on the active language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

LANGUAGES = ("ro", "en", "hu")
DEFAULT_LANGUAGE = "ro"

# A shop writes lei, not the RON that Babel takes from CLDR
_LEI: Mapping[str, str] = MappingProxyType({"ro": "lei", "en": "lei", "hu": "lej"})
# No coin is smaller than a forint, so nobody writes its hundredths
_WHOLE = frozenset({"HUF"})
# A shop in Romania writes its days as its neighbours do, also in English: 22 November 2026
_DATES: Mapping[str, str] = MappingProxyType({"ro": "ro", "en": "en_GB", "hu": "hu"})
_NO_HUNDREDTHS = re.compile(r"[.,]00(?!\d)")
_CODE_BEFORE = re.compile(r"([A-Z]{3})(?=\d)")
_PRODUCTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "ro": {"one": "un produs", "few": "{n} produse", "other": "{n} de produse"},
        "en": {"one": "1 product", "other": "{n} products"},
        "hu": {"one": "1 termék", "other": "{n} termék"},
    }
)


def known_language(raw: str) -> str:
    """Return our language for a code such as ``ro``, ``en-GB`` or ``hu_HU``; else Romanian."""
    code = raw.strip().lower().replace("-", "_").partition("_")[0]
    return code if code in LANGUAGES else DEFAULT_LANGUAGE


def money(amount: Decimal, *, currency: str = "RON", language: str = DEFAULT_LANGUAGE) -> str:
    """Write an amount: ``1.234,50 lei``, ``12 500 Ft``; other currencies as Babel has them."""
    language, currency = known_language(language), currency.upper()
    unit = Decimal("1") if currency in _WHOLE else Decimal("0.01")
    rounded = amount.quantize(unit, rounding=ROUND_HALF_UP) + 0  # no minus before a zero
    if currency == "RON":
        text = f"{format_decimal(rounded, format='#,##0.00', locale=language)} {_LEI[language]}"
    else:
        text = format_currency(rounded, currency, locale=language)
    if currency in _WHOLE:
        text = _NO_HUNDREDTHS.sub("", text)
    return _CODE_BEFORE.sub(r"\1 ", _plain(text))  # HUF 12,500: an English code stands apart


def long_date(day: date, *, language: str = DEFAULT_LANGUAGE) -> str:
    """Write a day: ``22 noiembrie 2026``; of a moment, the day it is in Romania."""
    if isinstance(day, datetime):
        day = day.astimezone(ZoneInfo("Europe/Bucharest")).date()
    return format_date(day, "long", locale=_DATES[known_language(language)])


def quantity(amount: Decimal, *, language: str = DEFAULT_LANGUAGE) -> str:
    """Write a number without needless zeros: ``2,5``, ``1.000``."""
    return _plain(format_decimal(amount, format="#,##0.###", locale=known_language(language)))


def plural(count: int, *, forms: Mapping[str, str], language: str = DEFAULT_LANGUAGE) -> str:
    """Choose the form for a count by the language's rule (CLDR: one, few, other); fills ``{n}``.

    Romanian's *other* is the one with ``de``: 20 and more, but not 101 to 119.
    """
    form = Locale.parse(known_language(language)).plural_form(count)
    return forms[form].format(n=quantity(Decimal(count), language=language))


def products(count: int, *, language: str = DEFAULT_LANGUAGE) -> str:
    """Count products: ``un produs``, ``2 produse``, ``20 de produse``."""
    language = known_language(language)
    return plural(count, forms=_PRODUCTS[language], language=language)


def shorten(text: str, *, length: int) -> str:
    """Put a text on one line, with an ellipsis where it is cut to the length."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def _plain(text: str) -> str:
    # Babel separates with no-break spaces; people search for what they see
    return text.replace("\u00a0", " ").replace("\u202f", " ")
