"""An order to a supplier in words: for a template, and as free text beside its document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from whatsapp.domain import document_texts
from whatsapp.domain.customer_texts import BODIES, MORE
from whatsapp.domain.formats import known_language, products, quantity, shorten
from whatsapp.domain.template_filling import NAME_LENGTH, fill, said
from whatsapp.domain.template_linter import BODY_LIMIT
from whatsapp.domain.units import unit_in
from whatsapp.errors import ValidationError

NOTES_LENGTH = 200
LINE_LENGTH = 120


class SupplierLine(Protocol):
    """One line of an order to a supplier."""

    @property
    def name(self) -> str: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit(self) -> str: ...
    @property
    def code(self) -> str: ...


def supplier_parameters(
    *,
    supplier_name: str,
    order_number: str,
    lines: Sequence[SupplierLine],
    notes: str,
    language: str,
    template: str = "supplier_order",
) -> dict[str, str]:
    """Return what a template of an order to a supplier needs; the lines as one parameter.

    What does not fit into Meta's limit of a body is counted: ``… și încă 12 produse``.
    ValidationError for an order without lines.
    """
    language = known_language(language)
    others = _supplier_words(supplier_name, order_number, notes, language)
    room = BODY_LIMIT - len(fill(_body(template)[language], others))
    return others | {"lines": _join(lines, room=room, language=language)}


def supplier_text(
    *,
    supplier_name: str,
    order_number: str,
    lines: Sequence[SupplierLine],
    notes: str,
    language: str,
    limit: int,
) -> str:
    """Write an order to a supplier as free text, beside its document: a line for each product.

    What does not fit into ``limit`` characters is counted. ValidationError as above.
    """
    language = known_language(language)
    text = _body("supplier_order_document")[language]
    others = _supplier_words(supplier_name, order_number, notes, language)
    room = limit - len(fill(text, others))
    rows = _join(lines, room=room, language=language, bullet="• ", between="\n", before_more="\n")
    return fill(text, others | {"lines": rows})


def _body(template: str) -> Mapping[str, str]:
    return (document_texts.BODIES if template in document_texts.BODIES else BODIES)[template]


def _supplier_words(
    supplier_name: str, order_number: str, notes: str, language: str
) -> dict[str, str]:
    return {
        "supplier_name": said("supplier_name", supplier_name, language),
        "order_number": order_number,
        "notes": said("notes", notes, language, length=NOTES_LENGTH),
    }


def _join(
    lines: Sequence[SupplierLine],
    *,
    room: int,
    language: str,
    bullet: str = "",
    between: str = "; ",
    before_more: str = " ",
) -> str:
    if not lines:
        raise ValidationError("The order has no lines.", details={"field": "lines"})
    texts = [f"{bullet}{_line(line, language)}" for line in lines]
    joined = between.join(texts)
    while texts and len(joined) > room:
        texts.pop()
        left_out = products(len(lines) - len(texts), language=language)
        more = MORE[language].format(products=left_out)
        joined = f"{between.join(texts)}{before_more}{more}".lstrip()
    return joined


def _line(line: SupplierLine, language: str) -> str:
    unit = unit_in(line.unit, language=language, amount=line.quantity)
    code = f" ({shorten(line.code, length=NAME_LENGTH)})" if line.code.strip() else ""
    amount = quantity(line.quantity, language=language)
    return f"{amount} {unit} {shorten(line.name, length=LINE_LENGTH)}{code}"
