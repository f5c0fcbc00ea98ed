"""Webhook bodies as Meta posts them, put together item by item, and signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from tests.settings import TEST_APP_SECRET

WABA = "777000000000001"
NUMBER = "555000000000001"
SECOND = 1_795_000_000  # Unix time of most things here


def body(*values: dict[str, Any], field: str = "messages", waba: str = WABA) -> bytes:
    """One POST with one entry, a change for each value."""
    changes = [{"field": field, "value": value} for value in values]
    return envelope({"id": waba, "time": SECOND, "changes": changes})


def envelope(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()


def messages(*items: dict[str, Any], number: str = NUMBER, **extra: Any) -> dict[str, Any]:
    """A ``value`` with messages, and the contacts of those who wrote them."""
    people = {
        (item.get("from"), item.get("from_user_id")): {
            "profile": {"name": "Ana Ionescu"},
            **({"wa_id": item["from"]} if item.get("from") else {}),
            **({"user_id": item["from_user_id"]} if item.get("from_user_id") else {}),
        }
        for item in items
    }
    return _value(number, contacts=list(people.values()), messages=list(items), **extra)


def statuses(*items: dict[str, Any], number: str = NUMBER) -> dict[str, Any]:
    return _value(number, statuses=list(items))


def _value(number: str, **lists: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "40300000000", "phone_number_id": number}
    return {"messaging_product": "whatsapp", "metadata": metadata, **lists}


def text(
    wamid: str, said: str = "Unde este comanda?", *, sender: str = "40700000001", at: int = 0
) -> dict[str, Any]:
    return {
        "from": sender,
        "id": wamid,
        "timestamp": str(SECOND + at),
        "type": "text",
        "text": {"body": said},
    }


def image(wamid: str, *, media_id: str = "900000000000001", sha256: str = "") -> dict[str, Any]:
    picture = {"id": media_id, "mime_type": "image/jpeg", "sha256": sha256, "caption": "Poza"}
    return {
        "from": "40700000001",
        "id": wamid,
        "timestamp": str(SECOND),
        "type": "image",
        "image": picture,
    }


def status(
    word: str, wamid: str, *, at: int = 0, callback: str = "", code: int | None = None, **extra: Any
) -> dict[str, Any]:
    """A status; ``callback`` is our ``<uuid>:<attempt>``, ``code`` an error's."""
    item: dict[str, Any] = {
        "id": wamid,
        "status": word,
        "timestamp": str(SECOND + at),
        "recipient_id": "40700000001",
        **extra,
    }
    if callback:
        item["biz_opaque_callback_data"] = callback
    if code is not None:
        item["errors"] = [{"code": code, "title": f"Error {code}"}]
    return item


def sign(raw: bytes, *, secret: str = TEST_APP_SECRET) -> str:
    """The value of ``X-Hub-Signature-256``."""
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
