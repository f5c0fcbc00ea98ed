"""A model whose table may be there already, with rows."""

from __future__ import annotations

import logging

from django.db import DatabaseError, migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.state import ProjectState

from whatsapp.migrations.operations.adoption_checks import (
    AdoptionRefusedError,
    refuse_unless_adoptable,
)
from whatsapp.migrations.operations.catalog import Table
from whatsapp.migrations.operations.seed_values import VALUES
from whatsapp.migrations.operations.wanted import Wanted, wanted_columns

logger = logging.getLogger(__name__)


class AdoptOrCreateModel(migrations.CreateModel):
    """CreateModel, except that a table of that name is turned, rows and all, into the model's."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        table = Table(connection=schema_editor.connection, name=model._meta.db_table)
        if schema_editor.collect_sql or table.kind is None:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            _adopt(table=table, model=model, schema_editor=schema_editor)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = from_state.apps.get_model(app_label, self.name)
        table = Table(connection=schema_editor.connection, name=model._meta.db_table)
        if not schema_editor.collect_sql and table.count():
            raise IrreversibleError(f"{table.name} has rows, perhaps older than this app: kept.")
        super().database_backwards(app_label, schema_editor, from_state, to_state)


def _adopt(
    *, table: Table, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
) -> None:
    """All in the migration's one transaction, under one lock: adopted whole, or untouched."""
    schema_editor.execute("SET LOCAL lock_timeout = '10s'")
    if table.kind == "r":
        schema_editor.execute(f"LOCK TABLE {table.quoted} IN ACCESS EXCLUSIVE MODE")
    wanted = list(wanted_columns(model=model, schema_editor=schema_editor))
    refuse_unless_adoptable(table=table, wanted=wanted)
    rows, enums = table.count(), {c.enum for c in table.columns().values() if c.enum}
    # Foreign keys go before the rewrite and come last: else each row of it awaits a deferred
    # check, and PostgreSQL refuses to index a table with pending trigger events.
    _drop_keys_and_indexes(table, schema_editor)
    _rewrite_columns(table, wanted, schema_editor)
    _renew_identity(table, schema_editor)
    _rebuild_keys_and_indexes(model, schema_editor)
    _drop_enums(table, sorted(enums), schema_editor)
    if table.count() != rows:
        raise AdoptionRefusedError(f"{table.name} had {rows} rows and has {table.count()} now.")
    logger.info("table adopted", extra={"table": table.name, "rows": rows})


def _drop_keys_and_indexes(table: Table, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """All but the primary key, which takes the name that Django's would have."""
    for constraint in table.constraints():
        name = table.quote(constraint.name)
        if constraint.kind in "fucx":
            schema_editor.execute(f"ALTER TABLE {table.quoted} DROP CONSTRAINT {name}")
        elif constraint.kind == "p" and constraint.name != f"{table.name}_pkey":
            ours = table.quote(f"{table.name}_pkey")
            schema_editor.execute(f"ALTER TABLE {table.quoted} RENAME CONSTRAINT {name} TO {ours}")
    for index in table.indexes():
        if index != f"{table.name}_pkey":
            schema_editor.execute(f"DROP INDEX {table.quote(index)}")
            logger.info("index of the adopted table dropped", extra={"index": index})


def _rewrite_columns(
    table: Table, wanted: list[Wanted], schema_editor: BaseDatabaseSchemaEditor
) -> None:
    """One ALTER TABLE, so that the rows are written once."""
    found = table.columns()
    steps: list[str] = []
    for want in wanted:
        change, column = f"ALTER COLUMN {table.quote(want.name)}", found[want.name]
        if column.fills_itself and want.name != "id":
            steps.append(f"{change} DROP DEFAULT")
        if want.name in VALUES or column.type != want.type:
            value = VALUES.get(want.name, table.quote(want.name))
            steps.append(f"{change} TYPE {want.type} USING {value}")
        steps.append(f"{change} {'DROP' if want.nullable else 'SET'} NOT NULL")
        if want.default:
            steps.append(f"{change} SET DEFAULT {want.default}")
    schema_editor.execute(f"ALTER TABLE {table.quoted} {', '.join(steps)}")


def _renew_identity(table: Table, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Replace the serial by an identity that goes on where it stood, or after the highest id."""
    last = int(table.ask(f"SELECT coalesce(max(id), 0) FROM {table.quoted}")[0][0])
    change = f"ALTER TABLE {table.quoted} ALTER COLUMN id"
    sequence = table.ask("SELECT pg_get_serial_sequence(%s, 'id')", [table.name])[0][0]
    if sequence:  # rows deleted since may have had higher ids
        for (used,) in table.ask(f"SELECT last_value FROM {sequence} WHERE is_called"):
            last = max(last, int(used))
    schema_editor.execute(f"{change} DROP IDENTITY IF EXISTS")
    schema_editor.execute(f"{change} DROP DEFAULT")
    if sequence:
        schema_editor.execute(f"DROP SEQUENCE IF EXISTS {sequence}")
    schema_editor.execute(f"{change} ADD GENERATED BY DEFAULT AS IDENTITY")
    schema_editor.execute(f"{change} RESTART WITH {last + 1}")


def _rebuild_keys_and_indexes(
    model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
) -> None:
    """By the statements with which CreateModel ends, so that names and definitions are its own."""
    for field in model._meta.local_fields:
        if field.is_relation:
            schema_editor.deferred_sql.append(
                schema_editor._create_fk_sql(  # type: ignore[attr-defined]
                    model, field, "_fk_%(to_table)s_%(to_column)s"
                )
            )
    schema_editor.deferred_sql.extend(
        schema_editor._model_indexes_sql(model)  # type: ignore[attr-defined]
    )


def _drop_enums(table: Table, enums: list[str], schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Types that something else still uses stay."""
    for enum in enums:
        try:
            with transaction.atomic(using=table.connection.alias):
                schema_editor.execute(f"DROP TYPE {enum}")
        except DatabaseError:
            logger.info("enum type still in use, kept", extra={"type": enum})
