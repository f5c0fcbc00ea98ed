"""What a message's JSON holds besides its text: Meta's of one received, ours of one sent."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from whatsapp.domain.details import (
    Basket,
    BasketLine,
    Card,
    CardNumber,
    Details,
    Forwarded,
    Place,
    Product,
    Referral,
    Trouble,
)
from whatsapp.gateway import flows
from whatsapp.gateway.reading import elements, integer, record, text

_MOST = 100  # lines of a basket, cards: more is no message of a person
_LARGEST = 10**6  # pieces of a product
_URL = ("https://", "http://")
_OWN_CARD = "contact_request"
# What a plain text consists of, Meta's and ours; nothing below looks into these
_PLAIN = {"kind", "body", "preview_url", "type", "text", "from", "from_user_id", "id", "timestamp"}


def read(content: object) -> Details:
    """Read what is there; anything missing or misshapen is left out."""
    given = record(content)
    if given.keys() <= _PLAIN:
        return _plain(text(given.get("type")))
    context = record(given.get("context"))
    interactive = record(given.get("interactive"))
    system = record(given.get("system"))
    return Details(
        reply_to_wamid=target_of(given),
        forwarded=_forwarded(context),
        product=_product(record(context.get("referred_product"))),
        referral=_referral(record(given.get("referral"))),
        basket=_basket(record(given.get("order"))) if "order" in given else None,
        answers=flows.answers(record(interactive.get("nfm_reply")).get("response_json")),
        choice=text(record(interactive.get("list_reply")).get("description")),
        permission=text(record(interactive.get("call_permission_reply")).get("response")),
        cards=tuple(map(_card, elements(given.get("contacts"))[:_MOST])),
        place=_place(given if given.get("kind") == "location" else record(given.get("location"))),
        event=text(system.get("type")),
        new_phone=_phone(text(system.get("wa_id")) or text(system.get("new_wa_id"))),
        withheld=_withheld(given),
        is_voice=record(given.get("audio")).get("voice") is True,
        is_animated=record(given.get("sticker")).get("animated") is True,
        troubles=tuple(map(_trouble, map(record, elements(given.get("errors"))[:_MOST]))),
    )


@lru_cache(100)
def _plain(kind: str) -> Details:
    return Details(withheld=_withheld({"type": kind}))


def target_of(message: dict[str, Any]) -> str:
    """The wamid it answers, reacts to, edits or takes back; '' if none."""
    kind = text(message.get("type"))
    if kind == "reaction":
        return text(record(message.get("reaction")).get("message_id"))
    if kind in ("edit", "revoke"):
        return text(record(message.get(kind)).get("original_message_id"))
    return text(record(message.get("context")).get("id"))


def _forwarded(context: dict[str, Any]) -> Forwarded | None:
    if context.get("frequently_forwarded") is True:
        return Forwarded.OFTEN
    return Forwarded.ONCE if context.get("forwarded") is True else None


def _product(given: dict[str, Any]) -> Product | None:
    product = text(given.get("product_retailer_id"))
    return Product(catalog_id=text(given.get("catalog_id")), product=product) if product else None


def _referral(given: dict[str, Any]) -> Referral | None:
    if not given:
        return None
    media = (text(given.get(f"{kind}_url")) for kind in ("image", "video", "thumbnail"))
    return Referral(
        source_type=text(given.get("source_type")),
        source_id=text(given.get("source_id")),
        url=_link(given.get("source_url")),
        headline=text(given.get("headline")),
        body=text(given.get("body")),
        media_type=text(given.get("media_type")),
        media_url=_link(next(filter(None, media), "")),
        click_id=text(given.get("ctwa_clid")),
        welcome=text(record(given.get("welcome_message")).get("text")),
    )


def _basket(given: dict[str, Any]) -> Basket:
    lines = (
        BasketLine(
            product=text(line.get("product_retailer_id")),
            quantity=min(max(integer(line.get("quantity")) or 1, 1), _LARGEST),
            price=_amount(line.get("item_price")),
            currency=text(line.get("currency"))[:8],
        )
        for line in map(record, elements(given.get("product_items"))[:_MOST])
    )
    return Basket(catalog_id=text(given.get("catalog_id")), lines=tuple(lines))


def _amount(given: object) -> Decimal | None:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        found = Decimal(str(given))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**12 else None


def _card(given: object) -> Card:
    card = record(given)
    name = record(card.get("name"))
    company = record(card.get("org"))
    phones = map(record, elements(card.get("phones"))[:_MOST])
    addresses = map(record, elements(card.get("addresses"))[:_MOST])
    lines = (
        ", ".join(filter(None, map(text, (company.get("company"), company.get("title"))))),
        *(text(record(one).get("email")) for one in elements(card.get("emails"))[:_MOST]),
        *(_address(one) for one in addresses),
        *(text(record(one).get("url")) for one in elements(card.get("urls"))[:_MOST]),
    )
    return Card(
        name=text(name.get("formatted_name")) or text(name.get("first_name")),
        numbers=tuple(
            CardNumber(phone=phone, wa_id=text(one.get("wa_id")))
            for one in phones
            if (phone := text(one.get("phone")) or _phone(text(one.get("wa_id"))))
        ),
        lines=tuple(filter(None, lines)),
        is_own=text(card.get("origin")) == _OWN_CARD,
    )


def _address(given: dict[str, Any]) -> str:
    parts = map(text, (given.get(name) for name in ("street", "zip", "city", "country")))
    return ", ".join(filter(None, parts))


def _place(given: dict[str, Any]) -> Place | None:
    latitude, longitude = _degrees(given.get("latitude")), _degrees(given.get("longitude"))
    if latitude is None or longitude is None:
        return None
    return Place(
        latitude=latitude,
        longitude=longitude,
        name=text(given.get("name")),
        address=text(given.get("address")),
        url=_link(given.get("url")),
    )


def _degrees(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        found = float(given)
    except ValueError:
        return None
    return found if math.isfinite(found) and abs(found) <= 360 else None


def _withheld(given: dict[str, Any]) -> str:
    """The type of what came without its content, as Meta names it."""
    kind = text(given.get("type"))
    named = text(record(given.get("unsupported")).get("type"))
    return named or ("" if kind in ("unsupported", "unknown") else kind)


def _trouble(given: dict[str, Any]) -> Trouble:
    title = text(given.get("title")) or text(given.get("message"))
    details = text(record(given.get("error_data")).get("details"))
    words = (title, details if details != title else "")
    return Trouble(code=integer(given.get("code")), text=": ".join(filter(None, words))[:500])


def _link(given: object) -> str:
    """The address if a browser may follow it, else ''."""
    found = text(given).strip()
    return found if found.lower().startswith(_URL) else ""


def _phone(wa_id: str) -> str:
    return f"+{wa_id}" if wa_id.isascii() and wa_id.isdecimal() else wa_id
