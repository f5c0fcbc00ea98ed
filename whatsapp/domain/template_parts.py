"""The parts of a template as Meta writes them: components, their texts, their variables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

Component = Mapping[str, Any]

VARIABLE = re.compile(r"\{\{([^{}]*)\}\}")

# What fills a header that is no text. The value of a file is Meta's media id or an https link.
MEDIA_HEADERS = ("IMAGE", "VIDEO", "DOCUMENT")
LOCATION_FIELDS = ("latitude", "longitude", "name", "address")

# Buttons that carry a value at each sending, and the name Meta gives them then
CODE_BUTTONS = ("COPY_CODE", "OTP")


class TemplateCategory(StrEnum):
    """What Meta charges and caps by; it may change the category it was given."""

    MARKETING = "MARKETING"
    UTILITY = "UTILITY"
    AUTHENTICATION = "AUTHENTICATION"


class ParameterFormat(StrEnum):
    """Whether variables are ``{{1}}`` or ``{{customer}}``."""

    POSITIONAL = "POSITIONAL"
    NAMED = "NAMED"


def find_part(components: Sequence[Component], kind: str) -> Component:
    """Return the component of this type, in Meta's upper case; an empty one if there is none."""
    for component in components:
        if str(component.get("type", "")).upper() == kind:
            return component
    return {}


def part_text(components: Sequence[Component], kind: str) -> str:
    """Return the text of the header, body or footer; empty for a header that is a file."""
    return str(find_part(components, kind).get("text") or "")


def header_format(components: Sequence[Component]) -> str:
    """Return TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION, or an empty text without a header."""
    header = find_part(components, "HEADER")
    return str(header.get("format") or "TEXT").upper() if header else ""


def buttons_of(components: Sequence[Component]) -> Sequence[Component]:
    """Return the buttons in their order, which is also how they are addressed."""
    buttons: Sequence[Component] = find_part(components, "BUTTONS").get("buttons") or ()
    return buttons


def button_type(button: Component) -> str:
    """Return the button's type in upper case."""
    return str(button.get("type", "")).upper()


def button_takes_value(button: Component) -> bool:
    """Tell whether the button needs a value at each sending: an open URL, or a code."""
    return button_type(button) in CODE_BUTTONS or bool(variables(str(button.get("url") or "")))


def is_code_button(button: Component) -> bool:
    """Tell whether the button carries a one-time code; Meta lists such a one as an address."""
    address = str(button.get("url") or "")
    return button_type(button) == "OTP" or address.startswith("https://www.whatsapp.com/otp/")


def variables(text: str, *, positional: bool = False) -> tuple[str, ...]:
    """List the names between double braces, each once: as they appear, or by their number."""
    names = tuple(dict.fromkeys(VARIABLE.findall(text)))
    return tuple(sorted(names, key=lambda name: (len(name), name))) if positional else names
