"""Ready templates for a shop, and the parameters they are sent with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from whatsapp.domain.customer_texts import BODIES, FALLBACKS, MORE, SAMPLES, UNITS
from whatsapp.domain.formats import (
    LANGUAGES,
    known_language,
    money,
    products,
    quantity,
    shorten,
)
from whatsapp.domain.template_linter import BODY_LIMIT
from whatsapp.domain.template_parts import (
    VARIABLE,
    ParameterFormat,
    TemplateCategory,
    variables,
)
from whatsapp.errors import ValidationError

NAME_LENGTH = 60
NOTES_LENGTH = 200
LINE_LENGTH = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class StandardTemplate:
    """A template as Meta takes it for review."""

    name: str
    language: str
    components: tuple[dict[str, Any], ...]
    category: str = TemplateCategory.UTILITY.value
    parameter_format: str = ParameterFormat.NAMED.value


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


def _define(name: str, language: str) -> StandardTemplate:
    text = BODIES[name][language]
    samples = [
        {"param_name": variable, "example": SAMPLES[variable][language]}
        for variable in variables(text)
    ]
    body = {"type": "BODY", "text": text, "example": {"body_text_named_params": samples}}
    return StandardTemplate(name=name, language=language, components=(body,))


STANDARD_TEMPLATES = tuple(_define(name, language) for name in BODIES for language in LANGUAGES)
_BY_IDENTITY = {(each.name, each.language): each for each in STANDARD_TEMPLATES}


def standard_template(*, name: str, language: str) -> StandardTemplate:
    """Return the ready template, in Romanian where the language is none of ours.

    ValidationError if there is none of this name.
    """
    if name not in BODIES:
        raise ValidationError(f"There is no standard template {name!r}.", details={"field": "name"})
    return _BY_IDENTITY[name, known_language(language)]


def confirmed_parameters(
    *, customer_name: str, order_number: str, total: Decimal, currency: str, language: str
) -> dict[str, str]:
    """Return what ``order_confirmed`` needs."""
    return {
        "customer_name": _said("customer_name", customer_name, language),
        "order_number": order_number,
        "total": money(total, currency=currency, language=language),
    }


def shipped_parameters(
    *,
    customer_name: str,
    order_number: str,
    courier: str,
    tracking_number: str,
    tracking_url: str,
    language: str,
) -> dict[str, str]:
    """Return what ``order_shipped`` needs; courier and tracking may be empty."""
    no_url = "tracking_url_by_number" if tracking_number.strip() else "tracking_url"
    return {
        "customer_name": _said("customer_name", customer_name, language),
        "order_number": order_number,
        "courier": _said("courier", courier, language),
        "tracking_number": _said("tracking_number", tracking_number, language),
        "tracking_url": tracking_url.strip() or FALLBACKS[no_url][known_language(language)],
    }


def delivered_parameters(*, customer_name: str, order_number: str, language: str) -> dict[str, str]:
    """Return what ``order_delivered`` needs."""
    return {
        "customer_name": _said("customer_name", customer_name, language),
        "order_number": order_number,
    }


def notification_parameters(
    *, customer_name: str, subject: str, message: str, language: str
) -> dict[str, str]:
    """Return what ``general_notification`` needs."""
    return {
        "customer_name": _said("customer_name", customer_name, language),
        "subject": subject,
        "message": message,
    }


def supplier_parameters(
    *,
    supplier_name: str,
    order_number: str,
    lines: Sequence[SupplierLine],
    notes: str,
    language: str,
) -> dict[str, str]:
    """Return what the template of an order to a supplier needs; the lines as one parameter.

    What does not fit into Meta's limit of a body is counted: ``… și încă 12 produse``.
    ValidationError for an order without lines.
    """
    if not lines:
        raise ValidationError("The order has no lines.", details={"field": "lines"})
    language = known_language(language)
    others = {
        "supplier_name": _said("supplier_name", supplier_name, language),
        "order_number": order_number,
        "notes": _said("notes", notes, language, length=NOTES_LENGTH),
    }
    text = BODIES["supplier_order"][language]
    around = VARIABLE.sub(lambda found: others.get(found[1], ""), text)
    return others | {"lines": _join(lines, room=BODY_LIMIT - len(around), language=language)}


def _join(lines: Sequence[SupplierLine], *, room: int, language: str) -> str:
    texts = [_line(line, language) for line in lines]
    joined = "; ".join(texts)
    while texts and len(joined) > room:
        texts.pop()
        left_out = products(len(lines) - len(texts), language=language)
        joined = f"{'; '.join(texts)} {MORE[language].format(products=left_out)}".lstrip()
    return joined


def _line(line: SupplierLine, language: str) -> str:
    unit = UNITS.get(line.unit, {}).get(language, line.unit)
    code = f" ({shorten(line.code, length=NAME_LENGTH)})" if line.code.strip() else ""
    amount = quantity(line.quantity, language=language)
    return f"{amount} {unit} {shorten(line.name, length=LINE_LENGTH)}{code}"


def _said(field: str, text: str, language: str, *, length: int = NAME_LENGTH) -> str:
    return shorten(text, length=length) or FALLBACKS[field][known_language(language)]
