"""A template's texts as a webhook tells them, put on the components that we know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from whatsapp.domain.template_parts import Component, button_type, variables

BODY, HEADER, FOOTER, BUTTONS = "BODY", "HEADER", "FOOTER", "BUTTONS"
_ORDER = (HEADER, BODY, FOOTER, BUTTONS)


def with_texts(known: Sequence[Component], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the components with the texts told: by part, BUTTONS as a list of buttons.

    A text that is not told any more is gone. A header that is a file, and buttons of which nothing
    is told, stay: the webhook does not speak of them. Samples stay where the variables do.
    """
    parts = {str(part.get("type", "")).upper(): dict(part) for part in known}
    for name in (HEADER, BODY, FOOTER):
        part = parts.get(name, {})
        if told.get(name):
            parts[name] = _with_text(part, name=name, text=str(told[name]))
        elif name != BODY and str(part.get("format", "TEXT")).upper() == "TEXT":
            parts.pop(name, None)
    if told.get(BUTTONS):
        parts[BUTTONS] = {"type": BUTTONS, "buttons": [dict(one) for one in told[BUTTONS]]}
    others = [part for name, part in parts.items() if name not in _ORDER]
    return [parts[name] for name in _ORDER if name in parts] + others


def _with_text(part: dict[str, Any], *, name: str, text: str) -> dict[str, Any]:
    same = variables(str(part.get("text") or "")) == variables(text)
    kept = part if same else {key: value for key, value in part.items() if key != "example"}
    shown = {**kept, "type": name, "text": text}
    return {**shown, "format": "TEXT"} if name == HEADER else shown


def reads_alike(one: Sequence[Component], other: Sequence[Component]) -> bool:
    """Tell whether customers read the same: samples and the spelling of keys do not matter."""
    return _read(one) == _read(other)


def _read(components: Sequence[Component]) -> dict[str, Any]:
    return {str(part.get("type", "")).upper(): _read_part(part) for part in components}


def _read_part(part: Component) -> dict[str, Any]:
    read = {key: value for key, value in part.items() if key not in ("type", "example")}
    if "format" in part:
        read["format"] = str(part["format"]).upper()
    if "buttons" in part:
        read["buttons"] = [_read_part(one) | {"type": button_type(one)} for one in part["buttons"]]
    return read
