"""The groups and the first rules of the migrations, there in every test.

A transactional test ends in a flush, which empties every table, the groups' too. A flush sends
post_migrate, at which Django makes the permissions anew; here the groups and rules follow.
"""

import sys
from functools import cache

import pytest
from django.apps import AppConfig, apps
from django.db import DEFAULT_DB_ALIAS
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import post_migrate

from whatsapp.migrations.operations.first_rules import add_rules
from whatsapp.migrations.operations.groups import grant


@pytest.fixture(scope="session", autouse=True)
def _groups_survive_a_flush() -> None:
    post_migrate.connect(_grant, dispatch_uid="tests.plugins.groups")


def _grant(sender: AppConfig, using: str, **_: object) -> None:
    if sender.label == "whatsapp":
        for groups in _granted():
            grant(apps=apps, using=using, groups=groups)
        if using == DEFAULT_DB_ALIAS:  # others are on their way through the migrations
            add_rules(apps=apps, using=using)


@cache
def _granted() -> list[dict[str, tuple[str, ...]]]:
    """What each migration grants that calls it ``GROUPS``, in their order."""
    migrations = sorted(MigrationLoader(None).disk_migrations.items())
    modules = [sys.modules[each.__module__] for (app, _), each in migrations if app == "whatsapp"]
    return [module.GROUPS for module in modules if hasattr(module, "GROUPS")]
