"""What PostgreSQL knows about a table that is already there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           a.atthasdef OR a.attidentity <> '', CASE t.typtype WHEN 'e' THEN t.oid::regtype::text END
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_CONSTRAINTS = """
    SELECT c.conname, c.contype, c.convalidated, c.confrelid::regclass::text,
           ARRAY(SELECT a.attname FROM unnest(c.conkey) AS key
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = key)::text[]
    FROM pg_constraint c WHERE c.conrelid = %s::regclass ORDER BY c.conname
"""
_INDEXES = """
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = %s::regclass ORDER BY c.relname
"""
_VIEWS = """
    SELECT DISTINCT v.oid::regclass::text FROM pg_depend d
    JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid = %s::regclass AND a.attname = ANY(%s) ORDER BY 1
"""
_SEQUENCES = """
    SELECT s.relname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid = %s::regclass AND d.deptype IN ('a', 'i') ORDER BY s.relname
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """``enum`` names the column's type if that is an enum."""

    name: str
    type: str
    required: bool
    fills_itself: bool
    enum: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """``kind`` as in pg_constraint: p(rimary), f(oreign), u(nique), c(heck), x (exclusion)."""

    name: str
    kind: str
    valid: bool
    target: str
    columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table by name, looked up along the search path at each question."""

    connection: BaseDatabaseWrapper
    name: str

    @property
    def kind(self) -> str | None:
        """As in pg_class: r is an ordinary table; None if nothing has the name."""
        found = self.ask("SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)", [self.name])
        return str(found[0][0]) if found else None

    def columns(self) -> dict[str, Column]:
        return {
            row[0]: Column(
                name=row[0], type=row[1], required=row[2], fills_itself=row[3], enum=row[4]
            )
            for row in self.ask(_COLUMNS, [self.name])
        }

    def constraints(self) -> list[Constraint]:
        return [
            Constraint(name=row[0], kind=row[1], valid=row[2], target=row[3], columns=tuple(row[4]))
            for row in self.ask(_CONSTRAINTS, [self.name])
        ]

    def indexes(self) -> list[str]:
        return [row[0] for row in self.ask(_INDEXES, [self.name])]

    def sequences(self) -> list[str]:
        """Those that belong to its columns, of serial and identity alike."""
        return [row[0] for row in self.ask(_SEQUENCES, [self.name])]

    def views_on(self, columns: Sequence[str]) -> list[str]:
        return [row[0] for row in self.ask(_VIEWS, [self.name, list(columns)])]

    def count(self, condition: str = "true") -> int:
        return int(self.ask(f"SELECT count(*) FROM {self.quoted} WHERE {condition}")[0][0])

    def spelling_of(self, name: str) -> str | None:
        """A table's name as the catalogue prints it: with its schema if the path hides it."""
        spelling: str | None = self.ask("SELECT to_regclass(%s)::text", [self.quote(name)])[0][0]
        return spelling

    @property
    def quoted(self) -> str:
        return self.quote(self.name)

    def quote(self, name: str) -> str:
        return str(self.connection.ops.quote_name(name))

    def ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return list(cursor.fetchall())
