"""Phone numbers: E.164 inside, whatever spelling outside, masked in logs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NoReturn

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult

from whatsapp.errors import InvalidPhoneError

_LETTER = re.compile(r"[^\W\d_]")
_WA_ID = re.compile(r"[1-9][0-9]{6,14}")

_PARSE_FAULTS: Mapping[int, str] = MappingProxyType(
    {
        NumberParseException.INVALID_COUNTRY_CODE: "unknown_country",
        NumberParseException.NOT_A_NUMBER: "not_a_number",
        NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
        NumberParseException.TOO_SHORT_NSN: "too_short",
        NumberParseException.TOO_LONG: "too_long",
    }
)
_LENGTH_FAULTS: Mapping[int, str] = MappingProxyType(
    {
        ValidationResult.TOO_SHORT: "too_short",
        ValidationResult.TOO_LONG: "too_long",
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "too_short",
    }
)
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "empty": "The phone number is empty.",
        "letters": "A phone number has no letters.",
        "not_a_number": "This is not a phone number.",
        "extension": "A phone number with an extension cannot be on WhatsApp.",
        "unknown_country": "No country has this calling code.",
        "too_short": "The phone number is too short.",
        "too_long": "The phone number is too long.",
        "not_in_plan": "No such phone number exists in its country.",
    }
)

# Countries whose numbers Meta may spell otherwise than the shop: with or without one more digit
_TWINS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\+55(\d\d)9([6-9]\d{7})"), r"+55\1\2"),  # Brazil, the ninth digit
    (re.compile(r"\+55(\d\d)([6-9]\d{7})"), r"+55\g<1>9\2"),
    (re.compile(r"\+521(\d{10})"), r"+52\1"),  # Mexico, 1 of mobiles until 2019
    (re.compile(r"\+52([2-9]\d{9})"), r"+521\1"),
    (re.compile(r"\+549(\d{10})"), r"+54\1"),  # Argentina, 9 of mobiles
    (re.compile(r"\+54([1-8]\d{9})"), r"+549\1"),
)


def normalize(raw: str, *, region: str = "RO") -> str:
    """Return the number as E.164 with its plus; Meta may send one without it to a stranger.

    ``region`` reads numbers written without a country code. InvalidPhoneError says what is wrong,
    in ``details["reason"]`` too, and never shows the whole number.
    """
    text = raw.strip().removeprefix("tel:")
    if not text:
        _refuse("empty", raw)
    if _LETTER.search(text):  # phonenumbers would read them as on a telephone's keys
        _refuse("letters", raw)
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        _refuse(_PARSE_FAULTS[error.error_type], raw)
    if number.extension:
        _refuse("extension", raw)
    phone = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    if phonenumbers.is_valid_number(number):
        return phone
    valid = next(filter(_is_valid, variants(phone)), None)  # an old spelling is brought up to date
    if valid is None:
        fault = phonenumbers.is_possible_number_with_reason(number)
        _refuse(_LENGTH_FAULTS.get(fault, "not_in_plan"), raw)
    return valid


def _is_valid(phone: str) -> bool:
    return bool(phonenumbers.is_valid_number(phonenumbers.parse(phone)))


def _refuse(reason: str, raw: str) -> NoReturn:
    raise InvalidPhoneError(_WORDS[reason], details={"reason": reason, "phone": mask(raw)})


def mask(phone: str) -> str:
    """Return a form fit for logs, ``+40712***678``; of any other text nothing but ``***``."""
    found = digits(phone)
    if not 7 <= len(found) <= 15:
        return "***"
    plus = "+" if phone.lstrip().startswith("+") else ""
    return f"{plus}{found[: min(5, len(found) - 6)]}***{found[-3:]}"


def digits(phone: str) -> str:
    """Return the number as Meta's ``wa_id`` writes it: digits only."""
    return "".join(filter(str.isdecimal, phone))


def from_wa_id(wa_id: str) -> str | None:
    """Return Meta's digits as E.164; None if it is no number (a username, a BSUID).

    It is not checked against the country's plan: Meta knows better which numbers exist.
    """
    return f"+{wa_id}" if _WA_ID.fullmatch(wa_id) else None


def same_number(one: str, other: str) -> bool:
    """Tell whether two numbers, as E.164 or as digits, are spellings of one."""
    return f"+{digits(other)}" in variants(f"+{digits(one)}")


def variants(phone: str) -> tuple[str, ...]:
    """List the spellings under which Meta may know a number, itself first; to look up, not to send.

    Brazil's ninth digit, the 1 after Mexico's 52, the 9 after Argentina's 54.
    """
    twins = [pattern.sub(twin, phone) for pattern, twin in _TWINS if pattern.fullmatch(phone)]
    return (phone, *twins[:1])


def calling_codes(*, digits: int) -> list[str]:
    """List the world's calling codes of so many digits; none begins another."""
    return sorted(str(c) for c in phonenumbers.COUNTRY_CODE_TO_REGION_CODE if len(str(c)) == digits)
