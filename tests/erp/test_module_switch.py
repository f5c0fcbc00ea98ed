"""ENABLE_WHATSAPP_MODULE, both ways, in processes of their own: what is there, and what is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.django_db(transaction=True)


def told(*, enabled: str) -> dict:
    """Ask a fresh process, on this test's database."""
    address = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.erp.module_switch"],
        cwd=ROOT,
        env={
            **os.environ,
            "ENABLE_WHATSAPP_MODULE": enabled,
            "DATABASE_URL": address._replace(path=f"/{name}").geturl(),
            "REDIS_URL": settings.CELERY_BROKER_URL,
            "WHATSAPP_ACCESS_TOKEN": "",
            "WHATSAPP_GRAPH_URL": "http://127.0.0.1:9",
            "DJANGO_ALLOWED_HOSTS": "*",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout.splitlines()[-1])


def test_switched_off_the_erp_is_as_if_it_were_not_there():
    seen = told(enabled="false")

    assert seen["receivers"] is False
    assert seen["announced"] == []
    assert seen["asked"] is False  # tasks return at once
    assert seen["jobs"] == []
    assert "whatsapp" not in seen["apps"]
    assert "orders" in seen["apps"]
    assert seen["admin"] is False
    assert set(seen["statuses"].values()) == {404}


def test_switched_on_all_of_it_is_there():
    seen = told(enabled="true")

    assert seen["receivers"] is True
    assert "INSERT" in seen["announced"]
    assert seen["asked"] is True
    assert "whatsapp.check_notice_rules" in seen["jobs"]
    assert seen["apps"][0] == "whatsapp"
    assert seen["admin"] is True
    assert 404 not in seen["statuses"].values()
