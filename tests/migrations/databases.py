"""Databases of a test's own: made from a template, migrated, looked into, dropped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

SEED_TABLE = (Path(__file__).parent / "seed_table.sql").read_text()


@dataclass(frozen=True)
class Database:
    """Reached by an alias that is also its name; rows come back as dicts."""

    name: str

    def run(self, sql: str, **parameters: Any) -> None:
        with connections[self.name].cursor() as cursor:
            cursor.execute(sql, parameters or None)

    def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        with connections[self.name].cursor() as cursor:
            cursor.execute(sql, parameters or None)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def value(self, sql: str, **parameters: Any) -> Any:
        ((value,),) = (row.values() for row in self.rows(sql, **parameters))
        return value

    def values(self, sql: str, **parameters: Any) -> list[Any]:
        return [value for row in self.rows(sql, **parameters) for value in row.values()]

    def migrate(self, *target: str) -> None:
        call_command("migrate", *target, database=self.name, verbosity=0, interactive=False)

    def migrate_host(self) -> None:
        """Migrate all apps but ours, as in an ERP that does not have the module yet."""
        executor = MigrationExecutor(connections[self.name])
        leaves = executor.loader.graph.leaf_nodes()
        executor.migrate([leaf for leaf in leaves if leaf[0] != "whatsapp"])


@contextmanager
def database(purpose: str, *, template: str = "template1") -> Iterator[Database]:
    """A new database, dropped at the end; as a template it must be closed first."""
    made = Database(name=f"whatsapp_{purpose}_{os.getpid()}")
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {made.name}")
        cursor.execute(f"CREATE DATABASE {made.name} TEMPLATE {template}")
    connections.databases[made.name] = {**connection.settings_dict, "NAME": made.name}
    try:
        yield made
    finally:
        connections[made.name].close()
        del connections[made.name], connections.databases[made.name]
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {made.name}")
