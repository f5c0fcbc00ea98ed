"""How the code is written, as far as a machine can see it."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

import pytest

from tests.house.pages import ROOT
from whatsapp import services


def files_of(*rooms: str) -> list[Path]:
    return [
        path
        for room in rooms
        for path in sorted((ROOT / room).rglob("*.py"))
        if not path.match("migrations/[0-9]*.py")  # Django writes those
    ]


FILES = files_of("whatsapp", "cypher_erp")
PLAIN = (str, int, float, bool, bytes, date, datetime, timedelta)


def functions() -> Iterator[Any]:
    """Every public function of the services, with its module."""
    for found in pkgutil.walk_packages(services.__path__, "whatsapp.services."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            own = inspect.isfunction(value) and value.__module__ == module.__name__
            if own and not name.startswith("_"):
                yield pytest.param(value, id=f"{found.name}.{name}")


FUNCTIONS = list(functions())


def test_files_stay_short_enough_to_be_read():
    written = [*FILES, *files_of("tests", "dev", "bench")]

    long = [path for path in written if len(path.read_text().splitlines()) > 300]

    assert long == []


def test_nothing_prints_but_the_simulator_that_is_ready():
    printing = [str(path.relative_to(ROOT)) for path in FILES if prints(path)]

    assert printing == ["whatsapp/simulator/server.py"]


def prints(path: Path) -> bool:
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls)


# What the log writes itself; an extra of the same name would take its place
TAKEN = {"event", "level", "logger", "timestamp", "exception", "request_id", "task_id", "task"}


def test_no_extra_hides_what_every_log_line_says():
    hiding = [
        f"{path.relative_to(ROOT)}:{key.lineno}"
        for path in FILES
        for key in keys_of_extras(path)
        if key.value in TAKEN
    ]

    assert hiding == []


def keys_of_extras(path: Path) -> Iterator[ast.Constant]:
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.keyword)
            and node.arg == "extra"
            and isinstance(node.value, ast.Dict)
        ):
            yield from (key for key in node.value.keys if isinstance(key, ast.Constant))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_service_says_what_it_does(function):
    first = (inspect.getdoc(function) or "").split("\n")[0]

    assert first
    assert len(first) <= 100


@pytest.mark.parametrize("function", FUNCTIONS)
def test_service_takes_plain_values_by_name_only(function: Callable[..., Any]):
    """A call must say which id, which text, which time; an object of ours names itself."""
    hints = get_type_hints(function)
    positional = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]

    assert [name for name in positional if is_plain(hints[name])] == []


def is_plain(hint: Any) -> bool:
    options = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    return any(option in PLAIN for option in options)
