"""A template's parameters as the components of a send (Cloud API, template messages)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from whatsapp.domain.template_parts import (
    LOCATION_FIELDS,
    MEDIA_HEADERS,
    Component,
    ParameterFormat,
    button_takes_value,
    button_type,
    buttons_of,
    header_format,
    part_text,
    variables,
)


def call_components(
    *,
    components: Sequence[Component],
    parameter_format: str,
    parameters: Mapping[str, str],
) -> tuple[dict[str, Any], ...]:
    """Return the ``components`` of a template call; only the parts that have something to fill.

    ``parameters`` as ``check_parameters`` returned them.
    """
    named = parameter_format.upper() == ParameterFormat.NAMED
    header = _header(components, parameters, named=named)
    body = _texts(part_text(components, "BODY"), parameters, named=named)
    parts = [("header", header), ("body", body)]
    filled = [{"type": kind, "parameters": values} for kind, values in parts if values]
    return (*filled, *_buttons(components, parameters))


def _header(
    components: Sequence[Component], parameters: Mapping[str, str], *, named: bool
) -> list[dict[str, Any]]:
    kind = header_format(components)
    if kind in MEDIA_HEADERS:
        medium = kind.lower()
        value = parameters[f"header.{medium}"]
        name = parameters.get("header.filename")
        file = {_address(value): value} | ({"filename": name} if name else {})
        return [{"type": medium, medium: file}]
    if kind == "LOCATION":
        place = {name: parameters[f"header.{name}"] for name in LOCATION_FIELDS}
        return [{"type": "location", "location": place}]
    return _texts(part_text(components, "HEADER"), parameters, named=named, prefix="header.")


def _address(value: str) -> str:
    return "link" if value.startswith("https://") else "id"


def _texts(
    text: str, parameters: Mapping[str, str], *, named: bool, prefix: str = ""
) -> list[dict[str, Any]]:
    if named:
        return [
            {"type": "text", "parameter_name": name, "text": parameters[prefix + name]}
            for name in variables(text)
        ]
    names = variables(text, positional=True)
    return [{"type": "text", "text": parameters[prefix + name]} for name in names]


def _buttons(
    components: Sequence[Component], parameters: Mapping[str, str]
) -> list[dict[str, Any]]:
    return [
        _button(index, button, parameters[f"button.{index}"])
        for index, button in enumerate(buttons_of(components))
        if button_takes_value(button) or f"button.{index}" in parameters
    ]


def _button(index: int, button: Component, value: str) -> dict[str, Any]:
    match button_type(button):
        case "COPY_CODE":
            sub_type, parameter = "copy_code", {"type": "coupon_code", "coupon_code": value}
        case "QUICK_REPLY":
            sub_type, parameter = "quick_reply", {"type": "payload", "payload": value}
        case _:  # Meta takes a one-time code as the end of a URL too
            sub_type, parameter = "url", {"type": "text", "text": value}
    return {"type": "button", "sub_type": sub_type, "index": str(index), "parameters": [parameter]}
