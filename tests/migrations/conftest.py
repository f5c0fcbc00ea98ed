"""Databases in the states a migration may meet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from tests.migrations.databases import SEED_TABLE, Database, database
from tests.migrations.old_rows import fill_erp, fill_messages


@pytest.fixture(scope="session")
def host(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Name of a database with the ERP's tables and a few of its rows; a template for the others."""
    with django_db_blocker.unblock(), database("host") as made:
        made.migrate_host()
        fill_erp(made)
        connections[made.name].close()
        yield made.name


@pytest.fixture(scope="module")
def _unblocked(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def empty(host: str, _unblocked: None) -> Iterator[Database]:
    """An ERP that never had the module, fully migrated."""
    with database("empty", template=host) as made:
        made.migrate()
        yield made


@pytest.fixture(scope="module")
def adopted(host: str, _unblocked: None) -> Iterator[Database]:
    """10,000 awkward rows of the old table, fully migrated; ``old_rows`` has them as they were."""
    with database("adopted", template=host) as made:
        made.run(SEED_TABLE)
        fill_messages(made, rows=10_000)
        made.migrate()
        yield made


@pytest.fixture
def fresh(host: str, _unblocked: None) -> Iterator[Database]:
    """The ERP's tables alone."""
    with database("fresh", template=host) as made:
        yield made
