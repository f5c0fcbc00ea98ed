"""Groups with permissions, made while migrating."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions


def grant(*, apps: Apps, using: str, groups: Mapping[str, Iterable[str]]) -> None:
    """Give each group, made if missing, the permissions named by codename; takes none away.

    Django makes permissions after the last migration, which is too late for a fresh database:
    they are made here first. Raises LookupError if a codename is unknown.
    """
    create_permissions(installed.get_app_config("whatsapp"), verbosity=0, using=using, apps=apps)
    permission_model = apps.get_model("auth", "Permission")
    ours = permission_model.objects.using(using).filter(content_type__app_label="whatsapp")
    by_codename = {permission.codename: permission for permission in ours}
    for name, codenames in groups.items():
        group, _ = apps.get_model("auth", "Group").objects.using(using).get_or_create(name=name)
        group.permissions.add(*(by_codename[codename] for codename in codenames))
