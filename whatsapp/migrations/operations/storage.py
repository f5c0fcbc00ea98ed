"""How a table's pages are filled."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation


def fillfactor(*, table: str, percent: int) -> Operation:
    """Leave room in each page, so that an update of a row can stay in its page (HOT)."""

    def leave_room(_: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        _execute(schema_editor, f"ALTER TABLE {table} SET (fillfactor = {percent})")

    def fill(_: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        _execute(schema_editor, f"ALTER TABLE {table} RESET (fillfactor)")

    return migrations.RunPython(leave_room, fill)


def _execute(schema_editor: BaseDatabaseSchemaEditor, sql: str) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(sql)
