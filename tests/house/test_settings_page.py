"""docs/settings.md and the code say the same, both ways, defaults included."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import timedelta

from tests.house.pages import ROOT, rows
from whatsapp.conf import WhatsAppSettings

PAGE = ROOT / "docs" / "settings.md"
ENV = ROOT / "cypher_erp" / "env.py"
UNITS = (
    (timedelta(days=2), timedelta(days=1), "d"),  # 24 h reads better than 1 d
    (timedelta(hours=1), timedelta(hours=1), "h"),
    (timedelta(minutes=1), timedelta(minutes=1), "min"),
    (timedelta(seconds=1), timedelta(seconds=1), "s"),
    (timedelta(0), timedelta(milliseconds=1), "ms"),
)


def test_every_setting_is_described_with_its_default():
    settings = WhatsAppSettings()
    real = {
        field.name.upper(): written(getattr(settings, field.name))
        for field in fields(WhatsAppSettings)
    }

    described = {row["key"].strip("`"): row["default"] for row in rows(PAGE, first="key")}

    assert described == real


def test_every_environment_variable_is_described_with_its_default():
    real = dict(variables())

    described = {row["variable"].strip("`"): row["default"] for row in rows(PAGE, first="variable")}

    assert described.keys() == real.keys()
    assert {name: described[name] for name, default in real.items() if default} == {
        name: default for name, default in real.items() if default
    }


def test_the_models_of_the_host_are_described():
    kinds = ("CUSTOMER", "ORDER", "QUOTE", "SUPPLIER_ORDER")
    used = tuple(f"WHATSAPP_{kind}_MODEL" for kind in kinds)

    described = [row["setting"].strip("`") for row in rows(PAGE, first="setting")]

    assert described == [*used]


def written(value: object) -> str:
    """A default as the page writes it."""
    match value:
        case timedelta():
            unit, name = next((unit, name) for from_, unit, name in UNITS if value >= from_)
            return f"{value // unit} {name}"
        case str():
            return f"`{value}`" if value else "empty"
        case tuple():
            return ", ".join(f"`{item}`" for item in value) or "none"
        case Mapping() if value:
            return ", ".join(f"{key}: `{name}`" for key, name in value.items())
        case Mapping():
            return "none"
    return str(value)


def variables() -> Iterator[tuple[str, str]]:
    """Each variable that env.py reads, with its default as the page writes it; '' if computed."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(ENV.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "reader":
            name = ast.literal_eval(node.args[0])
            found[name] = max(default_of(node), found.get(name, ""), key=priority)
    return iter(found.items())


def priority(default: str) -> bool:
    return default == "required"


def default_of(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    if call.func.attr == "required":
        return "required"
    given = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    if not given:
        return "empty"
    if not isinstance(given[0], ast.Constant):
        return ""
    value = given[0].value
    return f"`{value}`" if isinstance(value, str) else str(value).lower()
