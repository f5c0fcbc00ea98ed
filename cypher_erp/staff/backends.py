"""Who may log in and what they may do: Django's own rules, asked for in fewer words."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connections, router

from cypher_erp.staff.models import User

_PERMISSION, _TYPE = Permission._meta.db_table, ContentType._meta.db_table
_OF_USER = User.user_permissions.through._meta.db_table
_OF_GROUP = Group.permissions.through._meta.db_table
_MEMBER = User.groups.through._meta.db_table
_GRANTED = f"""
    SELECT type.app_label || '.' || permission.codename
    FROM {_PERMISSION} permission JOIN {_TYPE} type ON type.id = permission.content_type_id
    WHERE permission.id IN (
        SELECT permission_id FROM {_OF_USER} WHERE user_id = %(user)s
        UNION ALL
        SELECT permission_id FROM {_OF_GROUP} JOIN {_MEMBER} USING (group_id)
        WHERE user_id = %(user)s
    )
"""


class StaffBackend(ModelBackend):
    """Asks the database once what a user may do, where Django asks twice.

    Every request of the API begins so.
    """

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or user_obj.is_superuser or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not user_obj.is_active:
            return set()
        asked = user_obj.__dict__
        if "_perm_cache" not in asked:  # where Django keeps and looks for them, too
            asked["_perm_cache"] = _granted(user_obj)
        found: set[str] = asked["_perm_cache"]
        return found


def _granted(user: User) -> set[str]:
    with connections[router.db_for_read(Permission)].cursor() as cursor:
        cursor.execute(_GRANTED, {"user": user.pk})
        return {name for (name,) in cursor.fetchall()}
