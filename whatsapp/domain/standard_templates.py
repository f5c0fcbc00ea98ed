"""Ready templates for a shop, and the parameters they are sent with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Protocol

from whatsapp.domain import document_texts
from whatsapp.domain.customer_texts import BODIES as NOTICE_BODIES
from whatsapp.domain.customer_texts import FALLBACKS, MORE, UNITS
from whatsapp.domain.customer_texts import SAMPLES as NOTICE_SAMPLES
from whatsapp.domain.documents import DocumentKind
from whatsapp.domain.formats import LANGUAGES, known_language, long_date, money, products, quantity
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
SAMPLE_DOCUMENT = "sample:document"  # stands for the handle of a sample that is yet to be uploaded

BODIES = {**NOTICE_BODIES, **document_texts.BODIES}
SAMPLES = {**NOTICE_SAMPLES, **document_texts.SAMPLES}

# Which text goes with which paper
DOCUMENT_TEMPLATES: Mapping[DocumentKind, str] = MappingProxyType(
    {
        DocumentKind.ORDER: "order_document",
        DocumentKind.INVOICE: "order_document",
        DocumentKind.QUOTE: "quote_document",
        DocumentKind.SUPPLIER_ORDER: "supplier_order_document",
    }
)


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
    components = (*_header(name), body, *_buttons(name, language))
    return StandardTemplate(name=name, language=language, components=components)


def _header(name: str) -> tuple[dict[str, Any], ...]:
    """The paper itself, where the text goes with one."""
    has_document = name in document_texts.BODIES
    sample = {"header_handle": [SAMPLE_DOCUMENT]}
    header = {"type": "HEADER", "format": "DOCUMENT", "example": sample}
    return (header,) if has_document else ()


def _buttons(name: str, language: str) -> tuple[dict[str, Any], ...]:
    if name != "quote_document":
        return ()
    labels = (texts[language] for texts in document_texts.QUOTE_BUTTONS.values())
    buttons = [{"type": "QUICK_REPLY", "text": label} for label in labels]
    return ({"type": "BUTTONS", "buttons": buttons},)


STANDARD_TEMPLATES = tuple(_define(name, language) for name in BODIES for language in LANGUAGES)
_BY_IDENTITY = {(each.name, each.language): each for each in STANDARD_TEMPLATES}


def standard_template(*, name: str, language: str) -> StandardTemplate:
    """Return the ready template, in Romanian where the language is none of ours.

    ValidationError if there is none of this name.
    """
    if name not in BODIES:
        raise ValidationError(f"There is no standard template {name!r}.", details={"field": "name"})
    return _BY_IDENTITY[name, known_language(language)]


def body_text(*, name: str, language: str, parameters: Mapping[str, str]) -> str:
    """Fill in the body alone: inside the window it stands under the file as free text."""
    return _fill(BODIES[name][known_language(language)], parameters)


def order_parameters(
    *,
    event: str,
    customer_name: str,
    order_number: str,
    total: Decimal,
    currency: str,
    courier: str,
    tracking_number: str,
    tracking_url: str,
    language: str,
) -> dict[str, str]:
    """Return exactly what the template of an order event needs, with words for what is not known.

    ValidationError for an event that has no template.
    """
    match event:
        case "order_confirmed":
            return confirmed_parameters(
                customer_name=customer_name,
                order_number=order_number,
                total=total,
                currency=currency,
                language=language,
            )
        case "order_shipped":
            return shipped_parameters(
                customer_name=customer_name,
                order_number=order_number,
                courier=courier,
                tracking_number=tracking_number,
                tracking_url=tracking_url,
                language=language,
            )
        case "order_delivered":
            return delivered_parameters(
                customer_name=customer_name, order_number=order_number, language=language
            )
    raise ValidationError(f"There is no order event {event!r}.", details={"field": "event"})


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
    template: str = "supplier_order",
) -> dict[str, str]:
    """Return what a template of an order to a supplier needs; the lines as one parameter.

    What does not fit into Meta's limit of a body is counted: ``… și încă 12 produse``.
    ValidationError for an order without lines.
    """
    language = known_language(language)
    others = _supplier_words(supplier_name, order_number, notes, language)
    room = BODY_LIMIT - len(_fill(BODIES[template][language], others))
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
    text = BODIES["supplier_order_document"][language]
    others = _supplier_words(supplier_name, order_number, notes, language)
    room = limit - len(_fill(text, others))
    rows = _join(lines, room=room, language=language, bullet="• ", between="\n", before_more="\n")
    return _fill(text, others | {"lines": rows})


def document_parameters(
    *,
    customer_name: str,
    order_number: str,
    document: str,
    total: Decimal,
    currency: str,
    language: str,
) -> dict[str, str]:
    """Return what ``order_document`` needs; ``document`` says what the file is."""
    return {
        "customer_name": _said("customer_name", customer_name, language),
        "order_number": order_number,
        "document": document,
        "total": money(total, currency=currency, language=language),
    }


def quote_parameters(
    *,
    customer_name: str,
    quote_number: str,
    total: Decimal,
    currency: str,
    valid_until: date | None,
    language: str,
) -> dict[str, str]:
    """Return what ``quote_document`` needs."""
    ends = long_date(valid_until, language=language) if valid_until else ""
    return {
        "customer_name": _said("customer_name", customer_name, language),
        "quote_number": quote_number,
        "total": money(total, currency=currency, language=language),
        "valid_until": ends or document_texts.OPEN_ENDED[known_language(language)],
    }


def _supplier_words(
    supplier_name: str, order_number: str, notes: str, language: str
) -> dict[str, str]:
    return {
        "supplier_name": _said("supplier_name", supplier_name, language),
        "order_number": order_number,
        "notes": _said("notes", notes, language, length=NOTES_LENGTH),
    }


def _fill(text: str, words: Mapping[str, str]) -> str:
    return VARIABLE.sub(lambda found: words.get(found[1], ""), text)


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
    unit = UNITS.get(line.unit, {}).get(language, line.unit)
    code = f" ({_fit(line.code, NAME_LENGTH)})" if line.code.strip() else ""
    amount = quantity(line.quantity, language=language)
    return f"{amount} {unit} {_fit(line.name, LINE_LENGTH)}{code}"


def _said(field: str, text: str, language: str, *, length: int = NAME_LENGTH) -> str:
    return _fit(text, length) or FALLBACKS[field][known_language(language)]


def _fit(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"
