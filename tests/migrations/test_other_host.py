"""The migrations name settings, never a host: they serve any ERP."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command

import whatsapp.migrations
from tests.migrations.databases import SEED_TABLE, Database, database

MIGRATIONS = sorted(Path(whatsapp.migrations.__path__[0]).rglob("*.py"))


@pytest.fixture
def bare(_unblocked: None) -> Iterator[Database]:
    """A database with nothing in it."""
    with database("other") as made:
        yield made


def manage(made: Database, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Django's commands under the other host's settings."""
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{made.name}").geturl()
    return subprocess.run(
        [sys.executable, "-m", "django", *command],
        env={
            **os.environ,
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "tests.migrations.other_settings",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda path: path.name)
def test_no_migration_names_a_host(migration: Path):
    named = re.findall(
        r"\b(?:customers|orders|quotes|staff|suppliers|notifications|cypher_erp)['\".]\w*",
        migration.read_text().lower(),
    )

    assert named == []


@pytest.mark.django_db
def test_no_migration_is_missing(capsys: pytest.CaptureFixture[str]):
    call_command("makemigrations", check=True, dry_run=True)

    assert "No changes detected" in capsys.readouterr().out


def test_another_host_migrates_and_misses_no_migration(bare: Database):
    migrated = manage(bare, "migrate", "--verbosity=0")
    checked = manage(bare, "makemigrations", "--check", "--dry-run")

    types = bare.rows(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a "
        "WHERE a.attrelid = 'whatsapp_messages'::regclass AND a.attname LIKE '%r_id' ORDER BY 1"
    )
    assert migrated.returncode == 0, migrated.stderr
    assert checked.stdout == "No changes detected\n"
    assert {row["attname"]: row["type"] for row in types} == {
        "customer_id": "uuid",
        "number_id": "bigint",
        "order_id": "character varying(12)",
        "supplier_order_id": "character varying(12)",
        "user_id": "integer",
    }


def test_a_table_with_keys_of_another_kind_is_refused(bare: Database):
    for table in ("customers", "users", "orders", "quotes"):
        bare.run(f"CREATE TABLE {table} (id bigint PRIMARY KEY)")
    bare.run(SEED_TABLE)

    migrated = manage(bare, "migrate", "--verbosity=0")

    assert migrated.returncode == 1
    assert "Traceback" not in migrated.stderr
    assert "customer_id is bigint, not uuid (the key of zshop.Client)" in migrated.stderr
    assert bare.value("SELECT count(*) FROM pg_type WHERE typname = 'whatsapp_direction'") == 1
