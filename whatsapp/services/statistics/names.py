"""What people call a number, a template, an agent or an order event."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth import get_user_model

from whatsapp.models import BusinessNumber, Template
from whatsapp.services.statistics.rows import GroupBy, Key


def of(keys: Collection[Key], *, by: GroupBy) -> Mapping[Key, str]:
    """Name the keys; what is gone since, or has no name, is called by its key."""
    names: dict[Key, str] = {key: "" if key is None else str(key) for key in keys}
    found = [key for key in keys if key is not None]
    match by:
        case GroupBy.AGENT:
            users: dict[Any, Any] = get_user_model().objects.in_bulk(found)
            named = {pk: user.get_full_name() or user.get_username() for pk, user in users.items()}
        case GroupBy.NUMBER:
            named = {pk: str(row) for pk, row in BusinessNumber.objects.in_bulk(found).items()}
        case GroupBy.TEMPLATE:
            named = {pk: str(row) for pk, row in Template.objects.in_bulk(found).items()}
        case GroupBy.DAY | GroupBy.ORDER_EVENT:
            named = {}
    return {**names, **named}
