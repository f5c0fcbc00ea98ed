"""Phone numbers kept from those who may not see them: ``+40 712 ••• •89``.

Wherever they stand: under their own names, in a text or a link, in Meta's JSON, inside a wamid
(which holds the number in base64). What they look like in a text is in ``numbers_in_text``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberFormat

from whatsapp.domain import numbers_in_text as numbers
from whatsapp.domain.phone import digits

DOT = "•"
_SHOWN_NATIONAL, _SHOWN_LAST, _HIDDEN = 3, 2, 4

# Under these names a value is a number, however it is written
_NAMES = frozenset(
    {
        *("phone", "phone_number", "wa_id", "shown_wa_id", "new_wa_id", "new_phone"),
        *("from", "to", "recipient_id", "recipient_participant_id", "input"),
    }
)
# Under these it is none: rows, our own numbers at Meta
_OTHERS = frozenset(
    {
        *("id", "uuid", "next", "request_id", "phone_number_id", "waba_id", "meta_id", "media_id"),
        *("display_number", "display_phone_number", "sha256"),
    }
)
# Addresses must work, but for those that are somebody's number
_ADDRESSES = frozenset({"url", "link"})
_WAMID = re.compile(r"wamid\.[\w+/=\-]+")


def veil(phone: str, *, region: str = "RO") -> str:
    """Show a number's country and first digits, and its last two; of any other text only dots."""
    shown, country = _international(phone, region=region)
    count = len(digits(shown))
    if not 7 <= count <= 15:
        return DOT * 3
    first = min(country + _SHOWN_NATIONAL, count - _SHOWN_LAST - _HIDDEN)
    out, seen = [], 0
    for letter in shown:
        if letter.isdecimal():
            seen += 1
            letter = letter if seen <= first or seen > count - _SHOWN_LAST else DOT
        out.append(letter)
    return "".join(out)


def veil_text(text: str, *, region: str = "RO") -> str:
    """Veil the numbers in a text, and what encodes them; digits that are no phone stay."""
    if "wamid." in text:
        text = _WAMID.sub(f"wamid.{DOT * 3}", text)
    if not numbers.may_hold(text):
        return text
    text = _veil_links(text, region=region)
    spans = numbers.find(text, region=region)
    for span in reversed(spans):
        text = f"{text[: span.start]}{veil(span.number, region=region)}{text[span.end :]}"
    return text


def veil_json(value: Any, *, region: str = "RO", name: str = "") -> Any:
    """Veil every number in a piece of JSON; ``name`` is the one it stands under."""
    match value:
        case str() if name in _NAMES and _is_number(value):
            return veil(value, region=region)
        case str() if name == "payload":
            return _veil_payload(value, region=region)
        case str() if name in _OTHERS and not value.startswith("wamid."):
            return value
        case str() if name in _ADDRESSES:
            return _veil_links(value, region=region) if numbers.may_hold(value) else value
        case str():
            return veil_text(value, region=region)
        case Mapping():
            return {key: veil_json(inner, region=region, name=key) for key, inner in value.items()}
        case list() | tuple():
            return [veil_json(inner, region=region, name=name) for inner in value]
    return value


def _veil_links(text: str, *, region: str) -> str:
    """Veil what a link would call or write to; in one piece, so that it still looks like a link."""
    return numbers.LINKED.sub(
        lambda found: found["door"] + _in_one_piece(found["number"], region), text
    )


def _in_one_piece(linked: str, region: str) -> str:
    number = numbers.unquoted(linked)
    if len(digits(number)) < numbers.SHORTEST:
        return linked
    shown = veil(number, region=region)
    return "".join(letter for letter in shown if letter.isdecimal() or letter == DOT)


def _veil_payload(text: str, *, region: str) -> str:
    """Veil what is JSON kept as text by its names too: no rule knows every number there is."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict | list):
        return veil_text(text, region=region)
    return json.dumps(veil_json(found, region=region))


def _is_number(text: str) -> bool:
    return not any(map(str.isalpha, text)) and len(digits(text)) >= numbers.SHORTEST


def _international(phone: str, *, region: str) -> tuple[str, int]:
    """Write it as people do abroad; with the length of the country's code, 0 if unknown."""
    text = phone.strip()
    number = text if text.startswith(("+", "0")) else f"+{text}"
    parsed = numbers.parse(number, region=region)
    if parsed is None:
        return f"+{digits(phone)}", 0
    shown = str(phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL))
    return shown, len(str(parsed.country_code))
