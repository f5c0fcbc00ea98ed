"""People we pass on: address cards in Meta's own shape, which is also how a row keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from whatsapp.domain import content_limits as limits

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class CardName:
    """``formatted_name`` is what is shown; the parts go into the phone's address book."""

    formatted_name: str
    first_name: str = ""
    last_name: str = ""
    middle_name: str = ""
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CardPhone:
    """A number; with a ``wa_id`` (digits) WhatsApp offers to write to it."""

    phone: str
    type: str = ""
    wa_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CardEmail:
    email: str
    type: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CardUrl:
    url: str
    type: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CardAddress:
    """A postal address; ``country_code`` has two letters."""

    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    country_code: str = ""
    type: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CardOrganization:
    company: str = ""
    department: str = ""
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactCard:
    """One person. ``birthday`` is YYYY-MM-DD."""

    name: CardName
    phones: tuple[CardPhone, ...] = ()
    emails: tuple[CardEmail, ...] = ()
    urls: tuple[CardUrl, ...] = ()
    addresses: tuple[CardAddress, ...] = ()
    org: CardOrganization | None = None
    birthday: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactCards:
    """Up to 257 people."""

    contacts: tuple[ContactCard, ...]

    def __post_init__(self) -> None:
        limits.counted(self.contacts, name="contacts", limit=limits.CONTACTS)
        for place, card in enumerate(self.contacts):
            _check_card(card, name=f"contacts.{place}")

    @property
    def text(self) -> str:
        return ", ".join(card.name.formatted_name for card in self.contacts)


def _check_card(card: ContactCard, *, name: str) -> None:
    _check_texts(asdict(card), name=name)
    given = card.name.formatted_name
    limits.require(given, name=f"{name}.name.formatted_name", limit=limits.TEXT)
    for place, phone in enumerate(card.phones):
        limits.require(phone.phone, name=f"{name}.phones.{place}.phone", limit=limits.BODY)
    for place, email in enumerate(card.emails):
        limits.require(email.email, name=f"{name}.emails.{place}.email", limit=limits.BODY)
    for place, url in enumerate(card.urls):
        limits.require(url.url, name=f"{name}.urls.{place}.url", limit=limits.URL)
    if card.birthday:
        _check_date(card.birthday, name=f"{name}.birthday")


def _check_texts(values: Any, *, name: str) -> None:
    """Refuse a card of which any text cannot be kept."""
    match values:
        case dict():
            for key, value in values.items():
                _check_texts(value, name=f"{name}.{key}")
        case list() | tuple():
            for place, value in enumerate(values):
                _check_texts(value, name=f"{name}.{place}")
        case str():
            limits.storable(values, name=name)


def _check_date(text: str, *, name: str) -> None:
    try:
        date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        raise limits.fault(f"{name} is written as YYYY-MM-DD.", field=name) from None


def read_card(given: Mapping[str, Any]) -> ContactCard:
    """Read a card in Meta's shape."""
    org = given.get("org")
    return ContactCard(
        name=CardName(**given["name"]),
        phones=tuple(CardPhone(**one) for one in given.get("phones") or ()),
        emails=tuple(CardEmail(**one) for one in given.get("emails") or ()),
        urls=tuple(CardUrl(**one) for one in given.get("urls") or ()),
        addresses=tuple(CardAddress(**one) for one in given.get("addresses") or ()),
        org=CardOrganization(**org) if org else None,
        birthday=given.get("birthday") or "",
    )
