"""Ready templates for a shop, and the parameters order notices are sent with.

Those of papers and of orders to suppliers are in ``document_parameters`` and ``supplier_texts``.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from whatsapp.domain import document_texts
from whatsapp.domain.customer_texts import BODIES as NOTICE_BODIES
from whatsapp.domain.customer_texts import FALLBACKS
from whatsapp.domain.customer_texts import SAMPLES as NOTICE_SAMPLES
from whatsapp.domain.formats import LANGUAGES, known_language, money
from whatsapp.domain.template_filling import said
from whatsapp.domain.template_parts import ParameterFormat, TemplateCategory, variables
from whatsapp.errors import ValidationError

SAMPLE_DOCUMENT = "sample:document"  # stands for the handle of a sample that is yet to be uploaded

BODIES = {**NOTICE_BODIES, **document_texts.BODIES}
SAMPLES = {**NOTICE_SAMPLES, **document_texts.SAMPLES}


@dataclass(frozen=True, kw_only=True, slots=True)
class StandardTemplate:
    """A template as Meta takes it for review."""

    name: str
    language: str
    components: tuple[dict[str, Any], ...]
    category: str = TemplateCategory.UTILITY.value
    parameter_format: str = ParameterFormat.NAMED.value


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


def confirmed_parameters(
    *, customer_name: str, order_number: str, total: Decimal, currency: str, language: str
) -> dict[str, str]:
    """Return what ``order_confirmed`` needs."""
    return {
        "customer_name": said("customer_name", customer_name, language),
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
        "customer_name": said("customer_name", customer_name, language),
        "order_number": order_number,
        "courier": said("courier", courier, language),
        "tracking_number": said("tracking_number", tracking_number, language),
        "tracking_url": tracking_url.strip() or FALLBACKS[no_url][known_language(language)],
    }


def delivered_parameters(*, customer_name: str, order_number: str, language: str) -> dict[str, str]:
    """Return what ``order_delivered`` needs."""
    return {
        "customer_name": said("customer_name", customer_name, language),
        "order_number": order_number,
    }


def notification_parameters(
    *, customer_name: str, subject: str, message: str, language: str
) -> dict[str, str]:
    """Return what ``general_notification`` needs."""
    return {
        "customer_name": said("customer_name", customer_name, language),
        "subject": subject,
        "message": message,
    }
