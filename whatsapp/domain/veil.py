"""Phone numbers kept from those who may not see them: ``+40 712 ••• •89``.

Wherever they stand: under their own names, in a text, in Meta's JSON, inside a wamid (which holds
the number in base64).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from whatsapp.domain.phone import digits

DOT = "•"
_SHOWN_NATIONAL, _SHOWN_LAST, _HIDDEN = 3, 2, 4
_GAP = r"[ ().\-/\u00a0]{0,2}"

# Under these names a value is a number, however it is written
_NAMES = frozenset(
    {
        *("phone", "phone_number", "wa_id", "shown_wa_id", "new_wa_id", "new_phone"),
        *("from", "to", "recipient_id", "recipient_participant_id", "input"),
    }
)
# Under these it is none: rows, our own numbers at Meta, addresses that must work
_OTHERS = frozenset(
    {
        *("id", "uuid", "next", "request_id", "phone_number_id", "waba_id", "meta_id", "media_id"),
        *("display_number", "display_phone_number", "sha256", "url", "link"),
    }
)
_WAMID = re.compile(r"wamid\.[\w+/=\-]+")
_PLUS = re.compile(rf"(?:\+|(?<![\w.\-])00)[1-9](?:{_GAP}\d){{6,14}}(?!\d)")
_BARE = re.compile(r"(?<![\w.\-+])[1-9]\d{9,14}(?![\w\-])")
_NATIONAL = re.compile(rf"(?<![\w.\-+])0[1-9](?:{_GAP}\d){{6,12}}(?![\w\-])")


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
    if sum(map(str.isdecimal, text)) < 7 and "wamid." not in text:
        return text
    text = _WAMID.sub(f"wamid.{DOT * 3}", text)
    text = _PLUS.sub(lambda found: veil(found[0], region=region), text)
    text = _BARE.sub(lambda found: _if_valid(found[0], f"+{found[0]}", region), text)
    return _NATIONAL.sub(lambda found: _if_valid(found[0], found[0], region), text)


def veil_json(value: Any, *, region: str = "RO", name: str = "") -> Any:
    """Veil every number in a piece of JSON; ``name`` is the one it stands under."""
    match value:
        case str() if name in _NAMES and _is_number(value):
            return veil(value, region=region)
        case str() if name == "payload":
            return _veil_payload(value, region=region)
        case str() if name in _OTHERS and not value.startswith("wamid."):
            return value
        case str():
            return veil_text(value, region=region)
        case Mapping():
            return {key: veil_json(inner, region=region, name=key) for key, inner in value.items()}
        case list() | tuple():
            return [veil_json(inner, region=region, name=name) for inner in value]
    return value


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
    return not any(map(str.isalpha, text)) and len(digits(text)) >= 7


def _if_valid(text: str, number: str, region: str) -> str:
    parsed = _parse(number, region=region)
    valid = parsed is not None and phonenumbers.is_valid_number(parsed)
    return veil(number, region=region) if valid else text


def _international(phone: str, *, region: str) -> tuple[str, int]:
    """Write it as people do abroad; with the length of the country's code, 0 if unknown."""
    text = phone.strip()
    number = text if text.startswith(("+", "0")) else f"+{text}"
    parsed = _parse(number, region=region)
    if parsed is None:
        return f"+{digits(phone)}", 0
    shown = str(phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL))
    return shown, len(str(parsed.country_code))


def _parse(number: str, *, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(number, region)
    except NumberParseException:
        return None
