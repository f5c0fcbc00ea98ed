"""Columns of rows as JSON, and back: what a merge keeps of how things were."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Field, Model


def columns(row: Model, names: Iterable[str]) -> dict[str, Any]:
    """Read columns of a row by name."""
    return {name: getattr(row, name) for name in names}


def as_json(values: dict[str, Any]) -> dict[str, Any]:
    """Write times as text, to the microsecond."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def from_json(model: type[Model], values: dict[str, Any]) -> dict[str, Any]:
    """Read what ``as_json`` wrote of a row of the model."""
    return {name: _field(model, name).to_python(value) for name, value in values.items()}


def write(row: Model, values: dict[str, Any]) -> None:
    """Set columns of a row and save them."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=[_field(type(row), name).name for name in values])


def _field(model: type[Model], column: str) -> Field[Any, Any]:
    found = model._meta.get_field(column)
    assert isinstance(found, Field)
    return found
