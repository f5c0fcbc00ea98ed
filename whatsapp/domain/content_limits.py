"""Meta's limits on what we say, and the checks that name the field at fault.

Numbers are characters, of the Cloud API's send pages (Graph v25.0); every kind of content is
checked with these where it is made, and the doors describe their fields by the same numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from whatsapp.errors import ValidationError

TEXT = 4096
CAPTION = 1024
FILENAME = 240  # ours: what every file system keeps
EMOJI = 16  # code points; a family with skin tones has 11
CONTACTS = 257
BODY = 1024  # of an interactive message; for lists Meta's pages say 4096 or 1024
HEADER = 60
FOOTER = 60
BUTTONS = 3
BUTTON_ID = 256
BUTTON_TITLE = 20
SECTIONS = 10
SECTION_TITLE = 24
ROWS = 10  # in all sections together
ROW_ID = 200
ROW_TITLE = 24
ROW_DESCRIPTION = 72
URL = 2000
MEDIA_ID = 128  # ours: what a row keeps

_MEDIA_ID = re.compile(r"[\w.:-]+", re.ASCII)  # ours: Meta's are digits, so far


def fault(message: str, *, field: str, **details: object) -> ValidationError:
    """Make the error that names a field."""
    return ValidationError(message, details={"field": field, **details})


def require(text: str, *, name: str, limit: int) -> None:
    """Refuse a blank text, and one that is too long."""
    within(text, name=name, limit=limit)
    if not text.strip():
        raise fault(f"{name} must not be empty.", field=name)


def optional(text: str, *, name: str, limit: int) -> None:
    """Take no text at all, but none that is blank or too long."""
    if text != "":
        require(text, name=name, limit=limit)


def within(text: str, *, name: str, limit: int) -> None:
    """Refuse a text that is too long, or cannot be kept."""
    storable(text, name=name)
    if len(text) > limit:
        raise fault(
            f"{name} has {len(text)} characters; Meta takes {limit}.", field=name, limit=limit
        )


def storable(text: str, *, name: str) -> None:
    """Refuse what is no text, and what no message can hold: NUL, half of a surrogate pair."""
    if not isinstance(text, str):
        raise fault(f"{name} must be a text.", field=name)
    if not is_storable(text):
        raise fault(f"{name} holds a character that no message can.", field=name)


def is_storable(text: str) -> bool:
    """Tell whether neither PostgreSQL nor UTF-8 refuses it."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def is_media_id(text: str) -> bool:
    """Tell whether it can be an id that Meta gave to a file."""
    return _MEDIA_ID.fullmatch(text) is not None


def media_id(text: str, *, name: str) -> None:
    """Refuse what can be no id of Meta's."""
    within(text, name=name, limit=MEDIA_ID)
    if text and not is_media_id(text):
        raise fault(f"{name} is no id of a file at Meta.", field=name)


def counted(items: Sequence[object], *, name: str, limit: int) -> None:
    """Refuse an empty list, and one that is too long."""
    if not 1 <= len(items) <= limit:
        raise fault(f"Give 1 to {limit} of {name}; there are {len(items)}.", field=name)


def distinct(values: Sequence[str], *, name: str, what: str) -> None:
    """Refuse values of which two are the same."""
    if len(set(values)) != len(values):
        raise fault(f"The {what} of {name} must differ.", field=name)


def is_web_address(text: str, *, schemes: Sequence[str] = ("https",)) -> bool:
    """Tell whether the text is one address on the web, whole and without blanks."""
    if any(letter.isspace() for letter in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname)
    except ValueError:  # half an IPv6 address
        return False


def https(link: str, *, name: str) -> None:
    """Refuse what Meta could not fetch: it takes files by https only."""
    require(link, name=name, limit=URL)
    if not is_web_address(link):
        raise fault(f"{name} must be a whole https address.", field=name)
