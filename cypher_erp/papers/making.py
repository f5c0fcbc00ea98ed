"""The shop's papers: an order, its proforma invoice, a quote, an order to a supplier.

The ERP issues no fiscal invoices: what a customer gets before paying is a proforma, which says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal
from django.conf import settings
from django.utils import timezone

from cypher_erp.customers.models import Customer
from cypher_erp.orders.models import Order
from cypher_erp.papers.sheet import MARGIN, WIDTH, Sheet
from cypher_erp.papers.words import WORDS
from cypher_erp.pricing import PricedDocument, PricedLine
from cypher_erp.quotes.models import Quote
from cypher_erp.suppliers.models import Supplier, SupplierOrder
from whatsapp.ports import unit_in

DATES = {"en": "en_GB"}  # 22 November 2026, as in the message that brings the paper
PRICED_WIDTHS = (9, 60, 18, 17, 23, 13, 22, 16)
PRICED_ALIGNS = ("RIGHT", "LEFT", "LEFT", *["RIGHT"] * 5)
PLAIN_WIDTHS = (9, 35, 94, 18, 22)
PLAIN_ALIGNS = ("RIGHT", "LEFT", "LEFT", "LEFT", "RIGHT")


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
    """A paper as PDF; ``title`` says what it is."""

    filename: str
    title: str
    content: bytes


def print_order(order: Order, *, language: str, proforma: bool = False) -> Printed:
    """Print an order, or the proforma invoice of it."""
    words = WORDS[language]
    what = "invoice" if proforma else "order"
    facts = [words["date"].format(date=_day(order.placed_at, language))]
    foot = [words["lei"]]
    if proforma:
        foot.append(words["not_fiscal"])
    return _priced(what, order, facts=facts, foot=foot, made_at=order.updated_at, language=language)


def print_quote(quote: Quote, *, language: str) -> Printed:
    """Print a quote with its term."""
    words = WORDS[language]
    facts = [words["date"].format(date=_day(quote.created_at, language))]
    if quote.valid_until_date:
        facts.append(words["valid_until"].format(date=_day(quote.valid_until_date, language)))
    foot = [words["lei"]]
    made_at = quote.updated_at
    return _priced("quote", quote, facts=facts, foot=foot, made_at=made_at, language=language)


def print_supplier_order(order: SupplierOrder, *, language: str) -> Printed:
    """Print an order to a supplier: what and how much, without prices."""
    words = WORDS[language]
    sheet = _begin(
        "supplier_order",
        number=order.number,
        facts=[words["date"].format(date=_day(order.created_at, language))],
        us=words["buyer"],
        partner=(words["supplier"], _about(order.supplier, words)),
        foot=[words["no_prices"]],
        made_at=order.created_at,
        language=language,
    )
    sheet.rows(
        headings=[words[name] for name in ("row", "code", "product", "unit", "quantity")],
        rows=[
            (
                str(place),
                line.code,
                line.name,
                unit_in(line.unit, language=language, amount=line.quantity),
                _amount(line.quantity, language, "#,##0.###"),
            )
            for place, line in enumerate(order.lines.all(), start=1)
        ],
        widths=PLAIN_WIDTHS,
        aligns=PLAIN_ALIGNS,
    )
    return _end(sheet, "supplier_order", number=order.number, notes=order.notes, language=language)


def _priced(
    what: str,
    document: Order | Quote,
    *,
    facts: Sequence[str],
    foot: Sequence[str],
    made_at: datetime,
    language: str,
) -> Printed:
    words = WORDS[language]
    lines: list[PricedLine] = list(document.lines.all())
    sheet = _begin(
        what,
        number=document.number,
        facts=facts,
        us=words["seller"],
        partner=(words["customer"], _about(document.customer, words)),
        foot=foot,
        made_at=made_at,
        language=language,
    )
    names = ("row", "product", "unit", "quantity", "price", "vat_rate", "net", "vat")
    sheet.rows(
        headings=[words[name] for name in names],
        rows=[_row(place, line, language) for place, line in enumerate(lines, start=1)],
        widths=PRICED_WIDTHS,
        aligns=PRICED_ALIGNS,
    )
    sheet.sums(_sums(document, lines, language))
    return _end(sheet, what, number=document.number, notes=document.notes, language=language)


def _row(place: int, line: PricedLine, language: str) -> tuple[str, ...]:
    return (
        str(place),
        f"{line.name} ({line.code})" if line.code else line.name,
        unit_in(line.unit, language=language, amount=line.quantity),
        _amount(line.quantity, language, "#,##0.###"),
        _amount(line.unit_price, language),
        _amount(line.vat_rate, language, "0.##"),
        _amount(line.net, language),
        _amount(line.vat, language),
    )


def _sums(
    document: PricedDocument, lines: Iterable[PricedLine], language: str
) -> list[tuple[str, str]]:
    words = WORDS[language]
    by_rate: dict[Decimal, Decimal] = {}
    for line in lines:
        by_rate[line.vat_rate] = by_rate.get(line.vat_rate, Decimal(0)) + line.vat
    rates = [
        (words["vat_total"].format(rate=_amount(rate, language, "0.##")), _lei(vat, language))
        for rate, vat in sorted(by_rate.items(), reverse=True)
    ]
    return [
        (words["net_total"], _lei(document.net_total, language)),
        *rates,
        (words["total"], _lei(document.total, language)),
    ]


def _begin(
    what: str,
    *,
    number: str,
    facts: Sequence[str],
    us: str,
    partner: tuple[str, Sequence[str]],
    foot: Sequence[str],
    made_at: datetime,
    language: str,
) -> Sheet:
    """Begin a paper: its name and number at the right, both parties below."""
    words, shop = WORDS[language], settings.SHOP
    sheet = Sheet(
        title=f"{words[what]} {number}",
        shop=shop["name"],
        foot=[*foot, _contacts(shop, words)],
        words=words,
        language=language,
        made_at=made_at,
    )
    sheet.ink(size=19, bold=True)
    sheet.cell(WIDTH, 9, words[what], new_x="LMARGIN", new_y="NEXT")
    sheet.ink(size=10)
    told = [words["number"].format(number=number), *facts]
    sheet.multi_cell(WIDTH, 5.4, "   ·   ".join(told), align="L", new_x="LMARGIN", new_y="NEXT")
    sheet.ln(2)
    sheet.rule(after=4)
    top, half = sheet.get_y(), WIDTH / 2 - 4
    ours = sheet.block(x=MARGIN, y=top, width=half, label=us, lines=_about_shop(shop, words))
    label, lines = partner
    theirs = sheet.block(x=MARGIN + half + 8, y=top, width=half, label=label, lines=lines)
    sheet.set_xy(MARGIN, max(ours, theirs) + 5)
    return sheet


def _end(sheet: Sheet, what: str, *, number: str, notes: str, language: str) -> Printed:
    words = WORDS[language]
    if notes.strip():
        sheet.paragraph(notes.strip(), label=words["notes"])
    title = words[what]
    return Printed(filename=f"{title} {number}.pdf", title=title, content=bytes(sheet.output()))


def _about_shop(shop: Mapping[str, str], words: Mapping[str, str]) -> list[str]:
    register = f"{words['trade_register']}: {shop['trade_register']}"
    return [
        shop["name"],
        f"{words['vat_id']}: {shop['vat_id']}   {register}",
        shop["address"],
        f"{words['bank']}: {shop['iban']}, {shop['bank']}",
    ]


def _contacts(shop: Mapping[str, str], words: Mapping[str, str]) -> str:
    return f"{shop['name']} · {words['phone']} {shop['phone']} · {shop['email']}"


def _about(party: Customer | Supplier, words: Mapping[str, str]) -> list[str]:
    """What is known of a customer or supplier, a line each; what is not known is left out."""
    county = getattr(party, "county", "")
    place = ", ".join(part for part in (party.address, party.city, county) if part)
    lines = (
        party.name,
        party.contact_name,
        f"{words['vat_id']}: {party.vat_id}" if party.vat_id else "",
        place,
        f"{words['phone']}: {party.phone}" if party.phone else "",
    )
    return [line for line in lines if line]


def _day(day: date | datetime, language: str) -> str:
    local = timezone.localdate(day) if isinstance(day, datetime) else day
    return format_date(local, "long", locale=DATES.get(language, language))


def _amount(amount: Decimal, language: str, pattern: str = "#,##0.00") -> str:
    return format_decimal(amount, format=pattern, locale=language)


def _lei(amount: Decimal, language: str) -> str:
    return f"{_amount(amount, language)} {'lej' if language == 'hu' else 'lei'}"
