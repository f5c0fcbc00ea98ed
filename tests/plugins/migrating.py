"""The test database is a copy of one that the whole run migrates once, where dev/tests.py names it.

Django migrates a copy as well, and finds nothing left to do.
"""

from __future__ import annotations

import os

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from psycopg import sql
from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> None:
    if template := os.environ.get("TEST_TEMPLATE"):
        with django_db_blocker.unblock():
            _migrate_once(template)
        connection.settings_dict["TEST"]["TEMPLATE"] = template


def _migrate_once(template: str) -> None:
    """The first process to come does, the others wait; who copies must find nobody connected."""
    address = os.environ["DATABASE_URL"]
    with psycopg.connect(address, dbname="postgres", autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(1)")
        query = "SELECT FROM pg_database WHERE datname = %s"
        if server.execute(query, [template]).rowcount:
            return
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(template)))
        own = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = template
        try:
            call_command("migrate", verbosity=0, run_syncdb=True)
        finally:
            connection.close()
            connection.settings_dict["NAME"] = own
