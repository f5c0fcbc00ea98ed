"""One spelling for each number, so that ``0712 345 678`` and ``+40712345678`` are found as one."""

from __future__ import annotations

import phonenumbers

HOME_REGION = "RO"


def to_e164(text: str) -> str:
    """Give the number as ``+40712345678``; empty when the text is no valid number.

    Numbers without a country code are read as Romanian ones.
    """
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
