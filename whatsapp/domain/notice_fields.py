"""What of an order may fill a template: a closed list of paths, and how each is written.

A path is a key in a flat mapping of values, never an attribute that is looked up: nothing but this
list and what the host puts into ``extra`` can be reached.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from whatsapp.domain.customer_texts import FALLBACKS
from whatsapp.domain.formats import (
    known_language,
    long_date,
    money,
    products,
    quantity,
    shorten,
)

NAME_LENGTH = 60  # of names, couriers and tracking numbers
TEXT_LENGTH = 300
EXTRA = re.compile(r"(?:order|customer)\.extra\.[a-z][a-z0-9_]{0,39}")


class Kind(StrEnum):
    """How a value is written."""

    NAME = "NAME"
    TEXT = "TEXT"
    MONEY = "MONEY"
    DATE = "DATE"
    PRODUCTS = "PRODUCTS"


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """``absent`` names the words for what is not known, among the customer texts."""

    kind: Kind
    absent: str = ""
    is_phone: bool = False


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "customer.name": Field(kind=Kind.NAME, absent="customer_name"),
        "customer.phone": Field(kind=Kind.NAME, is_phone=True),
        "customer.email": Field(kind=Kind.TEXT),
        "customer.group": Field(kind=Kind.NAME),
        "order.number": Field(kind=Kind.TEXT),
        "order.total": Field(kind=Kind.MONEY),
        "order.line_count": Field(kind=Kind.PRODUCTS),
        "order.placed_at": Field(kind=Kind.DATE),
        "order.courier": Field(kind=Kind.NAME, absent="courier"),
        "order.tracking_number": Field(kind=Kind.NAME, absent="tracking_number"),
        "order.tracking_url": Field(kind=Kind.TEXT, absent="tracking_url"),
        "order.contact_name": Field(kind=Kind.NAME, absent="customer_name"),
        "order.contact_phone": Field(kind=Kind.NAME, is_phone=True),
    }
)
PHONES = tuple(path for path, field in FIELDS.items() if field.is_phone)

# What fills a parameter of this name unless a person says otherwise
USUAL: Mapping[str, str] = MappingProxyType(
    {
        "customer_name": "customer.name",
        "customer": "customer.name",
        "name": "customer.name",
        "order_number": "order.number",
        "order": "order.number",
        "total": "order.total",
        "courier": "order.courier",
        "tracking_number": "order.tracking_number",
        "tracking_url": "order.tracking_url",
        "products": "order.line_count",
        "order_date": "order.placed_at",
    }
)


def is_field(path: str) -> bool:
    """Tell whether a template may be filled from this path."""
    return path in FIELDS or EXTRA.fullmatch(path) is not None


def may_hold_phone(path: str) -> bool:
    """Tell whether this path may say whom to write to."""
    return path in PHONES or EXTRA.fullmatch(path) is not None


def words(*, path: str, values: Mapping[str, object], language: str) -> str:
    """Write the value at the path as a customer of this language reads it; '' if there is none.

    ``values`` by path, with ``order.currency`` beside the total. What is not known has its own
    words where a sentence can go on with them: "our courier".
    """
    found = FIELDS.get(path)
    value = values.get(path)
    if found is None:
        return _extra(value, language)
    if (text := _said(found.kind, value, values, language)) or not found.absent:
        return text
    absent = found.absent
    if absent == "tracking_url" and _plain(values.get("order.tracking_number"), NAME_LENGTH):
        absent = "tracking_url_by_number"
    return FALLBACKS[absent][known_language(language)]


def _said(kind: Kind, value: object, values: Mapping[str, object], language: str) -> str:
    match kind, value:
        case Kind.MONEY, Decimal():
            return money(value, currency=str(values["order.currency"]), language=language)
        case Kind.DATE, date():
            return long_date(value, language=language)
        case Kind.PRODUCTS, int() if value > 0:
            return products(value, language=language)
        case Kind.NAME, _:
            return _plain(value, NAME_LENGTH)
        case Kind.TEXT, _:
            return _plain(value, TEXT_LENGTH)
    return ""


def _extra(value: object, language: str) -> str:
    """What the host adds: text, numbers and days; anything else is not said."""
    match value:
        case bool():
            return ""
        case date():
            return long_date(value, language=language)
        case int() | Decimal():
            return quantity(Decimal(value), language=language)
    return _plain(value, TEXT_LENGTH)


def _plain(value: object, length: int) -> str:
    return shorten(value, length=length) if isinstance(value, str) else ""
