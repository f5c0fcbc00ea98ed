"""Every name in the pages exists: modules and what is in them, files, addresses, variables."""

from __future__ import annotations

import ast
import importlib
import re
from functools import reduce

import pytest
from django.apps import apps
from django.urls import Resolver404, resolve

from tests.house.pages import ROOT, name_of, pages, prose, python_blocks, rows, spans
from whatsapp import queue

ARCHITECTURE = ROOT / "docs" / "architecture.md"
FIRST_DESIGN = ROOT / "tests" / "house" / "first_design.txt"
OURS = re.compile(r"((?:whatsapp|cypher_erp|dev)(?:\.\w+)+)(?:\(.*)?")
OUR_FILES = re.compile(r"(?:whatsapp|cypher_erp|tests|docs|dev|\.ci)/[\w./-]*")
ADDRESS = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/api/\S+)")
FILE_IN_ROOT = re.compile(r"[\w.-]+\.(?:toml|txt|md|py|yml)")
VARIABLE = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
CHECK = re.compile(r"whatsapp\.[EW]\d{3}")


def is_importable(path: str) -> bool:
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        try:
            reduce(getattr, parts[length:], module)
        except AttributeError:
            return False
        return True
    return False


def is_permission(path: str) -> bool:
    models = apps.get_app_config("whatsapp").get_models()
    return path.removeprefix("whatsapp.") in {
        codename
        for model in models
        for codename in (
            *(f"{verb}_{model._meta.model_name}" for verb in model._meta.default_permissions),
            *(codename for codename, _ in model._meta.permissions),
        )
    }


def is_served(method: str, path: str) -> bool:
    try:
        match = resolve(path.replace("{id}", "1"))
    except Resolver404:
        return False
    if match.url_name == "unknown":
        return False
    actions = getattr(match.func, "actions", None)
    return actions is None or method.lower() in actions


def is_known(name: str) -> bool:
    """Whether a code span names something of ours that exists; others are no names of ours."""
    if found := ADDRESS.fullmatch(name):
        return is_served(*found.groups())
    if OUR_FILES.fullmatch(name):
        return (ROOT / name).exists()
    if (found := OURS.fullmatch(name)) is None or name in queue.QUEUES or CHECK.fullmatch(name):
        return True
    path = found[1]
    return is_importable(path) or is_permission(path)


def names_of(page) -> list[str]:
    """The code spans of a page, without the first column that names what is no more."""
    gone = {row["element"] for row in rows(page, first="element")}
    lines = [line for line in prose(page).splitlines() if not line.startswith("|")]
    cells = [
        cell.strip()
        for line in prose(page).splitlines()
        if line.startswith("|")
        for cell in line.strip("|").split("|")
    ]
    return spans("\n".join([*lines, *(cell for cell in cells if cell not in gone)]))


@pytest.mark.parametrize("document", pages(), ids=name_of)
def test_every_name_of_ours_exists(document):
    assert [name for name in names_of(document) if not is_known(name)] == []


def test_readme_shows_python_that_can_be_imported():
    trees = [ast.parse(block) for block in python_blocks(ROOT / "README.md")]

    imports = [
        f"{node.module}.{alias.name}"
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]

    assert imports
    assert [path for path in imports if not is_importable(path)] == []


def test_every_element_of_the_first_design_has_a_place():
    lines = FIRST_DESIGN.read_text().splitlines()
    elements = [line for line in lines if line and not line.startswith("#")]

    placed = {name for row in rows(ARCHITECTURE, first="element") for name in spans(row["element"])}

    assert [element for element in elements if element not in placed] == []


def test_every_place_in_the_table_can_be_looked_at():
    named = [spans(row["now"]) for row in rows(ARCHITECTURE, first="element")]

    assert all(named)
    assert [name for names in named for name in names if not can_be_looked_at(name)] == []


def can_be_looked_at(name: str) -> bool:
    """Here, unlike in prose, nothing is left that is neither a name, a file, nor an address."""
    if VARIABLE.fullmatch(name):
        return name in (ROOT / "cypher_erp" / "env.py").read_text()
    if FILE_IN_ROOT.fullmatch(name):
        return (ROOT / name).exists()
    shapes = (ADDRESS, OUR_FILES, OURS)
    return any(shape.fullmatch(name) for shape in shapes) and is_known(name)


def test_every_model_is_in_the_table_of_tables():
    expected = {
        model._meta.db_table: f"whatsapp.models.{model.__name__}"
        for model in apps.get_app_config("whatsapp").get_models()
        if not model._meta.proxy
    }

    shown = {
        row["table"].strip("`"): row["model"].strip("`")
        for row in rows(ARCHITECTURE, first="table")
    }

    assert shown == expected
