"""Posts of one change, and what they are told apart into."""

from __future__ import annotations

import json

from whatsapp.gateway import updates

META = {"display_phone_number": "40300000000", "phone_number_id": "555000000000001"}


def post(value, *, field="messages", **entry):
    change = {"field": field, "value": value}
    body = {"entry": [{"id": "777000000000001", **entry, "changes": [change]}]}
    return json.dumps(body).encode()


def keys(body):
    return [item.key for item in updates.split(body)]


def value_of(item):
    return json.loads(item.payload)["value"]
