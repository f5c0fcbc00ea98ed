"""Keep groups in step with roles, whoever saves a user."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save

from cypher_erp.staff.models import User
from cypher_erp.staff.services import apply_role


def connect() -> None:
    post_save.connect(_on_saved, sender=User, dispatch_uid="staff.role")


def _on_saved(*, instance: User, raw: bool = False, **_: Any) -> None:
    if not raw:  # fixtures bring their groups themselves
        apply_role(user=instance)
