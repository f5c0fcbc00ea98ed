"""What stands in a template's places: short enough, on one line, never blank."""

from __future__ import annotations

from collections.abc import Mapping

from whatsapp.domain.customer_texts import FALLBACKS
from whatsapp.domain.formats import known_language, shorten
from whatsapp.domain.template_parts import VARIABLE

NAME_LENGTH = 60


def fill(text: str, words: Mapping[str, str]) -> str:
    """Put words into a text; what has none stays empty."""
    return VARIABLE.sub(lambda found: words.get(found[1], ""), text)


def said(field: str, text: str, language: str, *, length: int = NAME_LENGTH) -> str:
    """Say what the ERP knows, else what stands in its place."""
    return shorten(text, length=length) or FALLBACKS[field][known_language(language)]
