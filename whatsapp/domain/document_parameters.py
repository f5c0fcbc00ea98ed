"""The parameters of the templates that go with orders, invoices and quotes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from whatsapp.domain import document_texts
from whatsapp.domain.formats import known_language, long_date, money
from whatsapp.domain.template_filling import fill, said


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
        "customer_name": said("customer_name", customer_name, language),
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
        "customer_name": said("customer_name", customer_name, language),
        "quote_number": quote_number,
        "total": money(total, currency=currency, language=language),
        "valid_until": ends or document_texts.OPEN_ENDED[known_language(language)],
    }


def body_text(*, name: str, language: str, parameters: Mapping[str, str]) -> str:
    """Fill in the body alone: inside the window it stands under the file as free text."""
    return fill(document_texts.BODIES[name][known_language(language)], parameters)
