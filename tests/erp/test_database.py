"""How long the ERP waits for a database that no longer answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.db import connection

READ = "import json; from cypher_erp.settings import DATABASES; print(json.dumps(DATABASES))"


def read(url: str) -> dict:
    """The settings of the database as a process with this address has them."""
    environment = {**os.environ, "DATABASE_URL": url}
    run = [sys.executable, "-c", READ]
    done = subprocess.run(run, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["default"]


@pytest.mark.django_db
def test_connection_gives_up_a_server_that_is_gone():
    connection.ensure_connection()

    given = connection.connection.info.get_parameters()

    assert given["connect_timeout"] == "5"
    assert given["tcp_user_timeout"] == "10000"
    kept = [given[f"keepalives_{name}"] for name in ("idle", "interval", "count")]
    assert kept == ["5", "2", "3"]


def test_what_the_address_says_wins():
    options = read("postgres://erp@db/cypher?tcp_user_timeout=30000&sslmode=require")["OPTIONS"]

    assert options["tcp_user_timeout"] == 30000
    assert options["sslmode"] == "require"
    assert options["connect_timeout"] == 5


@pytest.mark.parametrize(
    "url", ["postgres:////run/pg/cypher", "postgres://erp@/cypher?host=/run/pg"]
)
def test_address_may_be_a_socket(url):
    database = read(url)

    assert database["NAME"] == "cypher"
    assert "/run/pg" in (database["HOST"], database["OPTIONS"].get("host"))
    assert database["OPTIONS"]["connect_timeout"] == 5
