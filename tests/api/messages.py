"""What tests of messages over the API share."""

from __future__ import annotations

MESSAGES = "/api/v1/whatsapp/messages"


def fields_at_fault(response) -> set[str]:
    assert (response.status_code, response.json()["error"]["code"]) == (400, "validation")
    return set(response.json()["error"]["details"]["fields"])
