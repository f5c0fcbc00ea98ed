"""Webhook JSON to the updates of ``domain.updates``: split a body, then parse each item alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from whatsapp.domain.updates import UnsupportedUpdate, Update
from whatsapp.errors import WebhookProcessingError
from whatsapp.gateway import (
    account_updates,
    identity,
    inbound,
    number_updates,
    phone_app,
    preferences,
    statuses,
    templates,
)
from whatsapp.gateway.envelope import UNREADABLE, split
from whatsapp.gateway.reading import first, integer, record, text

__all__ = ["FIELDS", "parse", "split"]


def parse(*, field: str, payload: str) -> Update:
    """Read one item's payload; raises WebhookProcessingError when it cannot.

    What nothing acts on, new fields and new types included, is an UnsupportedUpdate, not an error.
    """
    if field == UNREADABLE:
        return UnsupportedUpdate(why="The body is no webhook envelope.")
    parser = _PARSERS.get(field)
    if parser is None:
        return UnsupportedUpdate(why=f"Nothing acts on {field!r}.")
    try:
        return parser(_item(payload))
    except RecursionError as error:
        raise WebhookProcessingError("The payload is nested too deeply.") from error


def _item(payload: str) -> dict[str, Any]:
    try:
        return record(json.loads(payload))
    except ValueError as error:
        raise WebhookProcessingError("The payload is not JSON.") from error


def _message_field(item: dict[str, Any]) -> Update:
    value = record(item.get("value"))
    if value.get("messages"):
        return inbound.parse(item)
    if value.get("statuses"):
        return statuses.parse(item)
    trouble = first(value.get("errors"))
    if trouble:
        code, title = integer(trouble.get("code")), text(trouble.get("title"))
        return UnsupportedUpdate(why=f"Meta reports trouble {code}: {title}")
    return UnsupportedUpdate(why="There is neither a message nor a status in it.")


_PARSERS: Mapping[str, Callable[[dict[str, Any]], Update]] = MappingProxyType(
    {
        "messages": _message_field,
        **dict.fromkeys(templates.FIELDS, templates.parse),
        "user_preferences": preferences.parse,
        identity.FIELD: identity.parse,
        **account_updates.PARSERS,
        **number_updates.PARSERS,
        **phone_app.PARSERS,
    }
)

# The fields that something acts on, for those who choose among events
FIELDS = (*_PARSERS, UNREADABLE)
