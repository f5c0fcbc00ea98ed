"""What a message says in one line of plain text, for lists, search and the ERP.

Words in brackets stand for what has none; the desk shows them by type, in the agent's language.
A picture without a caption has no text at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from whatsapp.gateway import flows
from whatsapp.gateway.reading import elements, first, record, text


def text_of(message: dict[str, Any], *, kind: str) -> str:
    """Say a message of this type; '' for a picture without a caption and a reaction taken back."""
    if kind == "contacts":
        return ", ".join(map(_contact, elements(message.get(kind)))) or "[contacts]"
    if kind in _READERS:
        return _READERS[kind](record(message.get(kind)))
    return _unsupported(message, kind=kind)


def _body(given: dict[str, Any]) -> str:
    return text(given.get("body"))


def _caption(given: dict[str, Any]) -> str:
    return text(given.get("caption")) or text(given.get("filename"))


def _button(given: dict[str, Any]) -> str:
    return text(given.get("text")) or text(given.get("payload"))


def _emoji(given: dict[str, Any]) -> str:
    return text(given.get("emoji"))


def _system(given: dict[str, Any]) -> str:
    return text(given.get("body")) or f"[{text(given.get('type')) or 'system'}]"


def _revoked(_: dict[str, Any]) -> str:
    return "[deleted]"


def _location(given: dict[str, Any]) -> str:
    named = ", ".join(filter(None, (text(given.get("name")), text(given.get("address")))))
    degrees = (given.get("latitude"), given.get("longitude"))
    return named or ", ".join(text(str(one)) for one in degrees if one is not None) or "[location]"


def _contact(given: object) -> str:
    name = text(record(record(given).get("name")).get("formatted_name"))
    phone = text(first(record(given).get("phones")).get("phone"))
    return name or phone or "[contact]"


def _interactive(given: dict[str, Any]) -> str:
    kind = text(given.get("type"))
    reply = record(given.get(kind))
    title = text(reply.get("title")) or text(reply.get("body"))
    answers = flows.answers(reply.get("response_json"))
    said = (": ".join(filter(None, (one.name, one.value))) for one in answers)
    words = "\n".join(filter(None, (title, *said)))
    return words or f"[{kind.removesuffix('_reply').replace('_', ' ') or 'interactive'}]"


def _order(given: dict[str, Any]) -> str:
    lines = [
        f"{text(line.get('quantity')) or '1'} × {text(line.get('product_retailer_id'))}"
        for line in map(record, elements(given.get("product_items")))
    ]
    return "\n".join(filter(None, (text(given.get("text")), ", ".join(lines)))) or "[order]"


def _unsupported(message: dict[str, Any], *, kind: str) -> str:
    """Name the type that Meta would not show us, or that we do not know yet."""
    named = text(record(message.get("unsupported")).get("type"))
    if not named and kind not in ("unsupported", "unknown"):
        named = kind
    return f"[unsupported: {named}]" if named else "[unsupported]"


_READERS: Mapping[str, Callable[[dict[str, Any]], str]] = MappingProxyType(
    {
        "text": _body,
        **dict.fromkeys(("image", "video", "audio", "document", "sticker"), _caption),
        "location": _location,
        "button": _button,
        "interactive": _interactive,
        "reaction": _emoji,
        "order": _order,
        "system": _system,
        "revoke": _revoked,
    }
)
