"""What an old table must be before a row of it is touched; each refusal is in words."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps as installed
from django.core.management.base import CommandError

from whatsapp.migrations.operations.catalog import Column, Table
from whatsapp.migrations.operations.seed_values import VALUES
from whatsapp.migrations.operations.wanted import Target, Wanted

INTEGERS = frozenset({"smallint", "integer", "bigint"})


class AdoptionRefusedError(CommandError):
    """The table cannot be adopted as it is; nothing was changed."""


def refuse_unless_adoptable(*, table: Table, wanted: list[Wanted]) -> None:
    """Raise AdoptionRefusedError naming everything that is in the way, shape first, then rows."""
    found = table.columns()
    reasons = list(_in_the_shape(table, wanted, found)) or list(_in_the_rows(table, wanted, found))
    if reasons:
        listed = "\n".join(f"  - {reason}" for reason in reasons)
        raise AdoptionRefusedError(
            f"{table.name} cannot be adopted, and nothing was changed. See docs/adoption.md.\n"
            + listed
        )


def _in_the_shape(table: Table, wanted: list[Wanted], found: dict[str, Column]) -> Iterator[str]:
    if table.kind != "r":
        yield "it is no ordinary table"
        return
    yield from _in_the_columns(wanted, found)
    yield from _in_the_extra_columns(wanted, found)
    if [key.columns for key in table.constraints() if key.kind == "p"] != [("id",)]:
        yield "its primary key is not id"
    for view in table.views_on(tuple(VALUES)):
        yield f"the view {view} reads columns that change their type; drop it, make it again after"
    yield from _in_the_foreign_keys(table, wanted)


def _in_the_columns(wanted: list[Wanted], found: dict[str, Column]) -> Iterator[str]:
    for want in wanted:
        column = found.get(want.name)
        if column is None:
            yield f"the column {want.name} is missing"
        elif not _fits(column, want):
            whose = f" (the key of {want.target.label})" if want.target else ""
            yield f"{want.name} is {column.type}, not {want.type}{whose}"


def _fits(column: Column, want: Wanted) -> bool:
    if want.name in VALUES:
        return bool(column.enum) or column.type.startswith(("character varying", "text"))
    return column.type == want.type or {column.type, want.type} <= INTEGERS


def _in_the_extra_columns(wanted: list[Wanted], found: dict[str, Column]) -> Iterator[str]:
    """What the ERP added stays, if it leaves room for our columns and lets us insert."""
    ours = {field.column for field in installed.get_model("whatsapp", "Message")._meta.local_fields}
    for name in found.keys() - {want.name for want in wanted}:
        if name in ours:
            yield f"its own column {name} is in the way of ours; rename it"
        elif found[name].required and not found[name].fills_itself:
            yield f"its own column {name} is NOT NULL without a default: we could not insert"


def _in_the_foreign_keys(table: Table, wanted: list[Wanted]) -> Iterator[str]:
    targets = {want.name: want.target for want in wanted}
    for constraint in table.constraints():
        target = targets.get(constraint.columns[0]) if constraint.kind == "f" else None
        if target and constraint.target != table.spelling_of(target.table):
            yield (
                f"{constraint.columns[0]} refers to the table {constraint.target}, but the "
                f"settings name {target.label}, whose table is {target.table}"
            )


def _in_the_rows(table: Table, wanted: list[Wanted], found: dict[str, Column]) -> Iterator[str]:
    yield from _in_the_directions(table)
    for want in wanted:
        column = table.quote(want.name)
        if want.name != "direction" and not (want.nullable or found[want.name].required):
            yield from _counted(table, f"{column} IS NULL", f"without {want.name}")
        if want.longest:
            too_long = f"length({VALUES[want.name]}) > {want.longest}"
            yield from _counted(
                table, too_long, f"whose {want.name} is over {want.longest} characters"
            )
        if want.target:
            yield from _in_the_references(table, want.name, want.target)


def _in_the_directions(table: Table) -> Iterator[str]:
    """Labels are judged in rows: what the enum could hold but no row has is no obstacle."""
    for label, rows in table.ask(
        f"SELECT direction::text, count(*) FROM {table.quoted} "
        f"WHERE ({VALUES['direction']}) IS NULL GROUP BY 1 ORDER BY 1"
    ):
        named = "without direction" if label is None else f"with the direction '{label}'"
        yield f"rows {named}, neither sent nor received: {rows}"


def _in_the_references(table: Table, name: str, target: Target) -> Iterator[str]:
    """Rows whose key leads nowhere; looked for only where no foreign key has seen to it."""
    if any(c.kind == "f" and c.columns == (name,) and c.valid for c in table.constraints()):
        return
    column, key = f"{table.quoted}.{table.quote(name)}", f"t.{table.quote(target.key)}"
    lost = (
        f"{column} IS NOT NULL "
        f"AND NOT EXISTS (SELECT 1 FROM {table.quote(target.table)} t WHERE {key} = {column})"
    )
    yield from _counted(table, lost, f"whose {name} is not in {target.table}")


def _counted(table: Table, condition: str, what: str) -> Iterator[str]:
    rows = table.count(condition)
    if rows:
        yield f"rows {what}: {rows}"
