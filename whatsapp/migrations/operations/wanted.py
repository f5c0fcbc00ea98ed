"""What a model wants of its columns, in the words of PostgreSQL's catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where a foreign key leads, by the settings."""

    label: str
    table: str
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """One column; ``longest`` is in characters, ``default`` SQL."""

    name: str
    type: str
    nullable: bool
    longest: int | None
    default: str | None
    target: Target | None


def wanted_columns(
    *, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
) -> Iterator[Wanted]:
    """List the model's columns in its order."""
    for field in model._meta.local_fields:
        spelled = str(field.db_parameters(connection=schema_editor.connection)["type"])
        yield Wanted(
            name=str(field.column),
            type=spelled.replace("varchar", "character varying"),
            nullable=field.null,
            longest=field.max_length,
            default=schema_editor.db_default_sql(field)[0] if field.has_db_default() else None,
            target=_target(field),
        )


def _target(field: models.Field[Any, Any]) -> Target | None:
    if not isinstance(field, models.ForeignKey):
        return None
    meta = field.target_field.model._meta
    return Target(label=meta.label, table=meta.db_table, key=str(field.target_field.column))
