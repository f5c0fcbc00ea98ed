"""Webhooks read as our updates, for tests of what is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from whatsapp.gateway import updates


def at(seconds):
    return datetime.fromtimestamp(1795000000 + seconds, UTC)


def parse_all(body):
    return [updates.parse(field=one.field, payload=one.payload) for one in updates.split(body)]


def parse_value(value, *, field="messages", **entry):
    payload = json.dumps({"entry": {"id": "777", **entry}, "field": field, "value": value})
    return updates.parse(field=field, payload=payload)


def parse_message(**message):
    value = {"messages": [{"id": "wamid.A", "from": "40700000001", "timestamp": "1795000000"}]}
    value["messages"][0] |= message
    return parse_value(value)
