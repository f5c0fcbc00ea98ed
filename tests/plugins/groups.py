"""The groups of the migrations, there in every test.

A transactional test ends in a flush, which empties every table, the groups' too. A flush sends
post_migrate, at which Django makes the permissions anew; here the groups follow.
"""

from importlib import import_module

import pytest
from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from whatsapp.migrations.operations.groups import grant


@pytest.fixture(scope="session", autouse=True)
def _groups_survive_a_flush() -> None:
    post_migrate.connect(_grant, dispatch_uid="tests.plugins.groups")


def _grant(sender: AppConfig, using: str, **_: object) -> None:
    if sender.label == "whatsapp":
        for migration in ("0004_groups", "0005_signal_failures"):
            roles = import_module(f"whatsapp.migrations.{migration}")
            grant(apps=apps, using=using, groups=roles.GROUPS)
