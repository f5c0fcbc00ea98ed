"""A new table beside one of the same name that another program left."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

from whatsapp.migrations.operations.catalog import Table

SUFFIX = "_before_django"
LONGEST_NAME = 63  # bytes, PostgreSQL's


def beside(name: str) -> str:
    """Name what is put aside; a long name loses its end, never the suffix."""
    return name.encode()[: LONGEST_NAME - len(SUFFIX)].decode(errors="ignore") + SUFFIX


class CreateModelBesideOld(migrations.CreateModel):
    """Create the model; a table that has its name is renamed with what it owns, never dropped."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        old = Table(connection=schema_editor.connection, name=model._meta.db_table)
        if not schema_editor.collect_sql and old.kind is not None:
            _put_aside(old, schema_editor)
        super().database_forwards(app_label, schema_editor, from_state, to_state)


def _put_aside(old: Table, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Rename the table and what it owns: PostgreSQL numbers a name that the schema has already."""
    if old.kind != "r" or Table(connection=old.connection, name=beside(old.name)).kind:
        raise CommandError(
            f"{old.name} is in the way and cannot be renamed to {beside(old.name)}: it is no "
            "ordinary table, or that name is taken. Rename it by hand, then migrate again."
        )
    for constraint in old.constraints():
        if constraint.kind not in "pux":  # those go with their index
            schema_editor.execute(
                f"ALTER TABLE {old.quoted} RENAME CONSTRAINT {old.quote(constraint.name)} "
                f"TO {old.quote(beside(constraint.name))}"
            )
    renamed = [("INDEX", name) for name in old.indexes()]
    renamed += [("SEQUENCE", name) for name in old.sequences()]
    for kind, name in [*renamed, ("TABLE", old.name)]:
        schema_editor.execute(f"ALTER {kind} {old.quote(name)} RENAME TO {old.quote(beside(name))}")
