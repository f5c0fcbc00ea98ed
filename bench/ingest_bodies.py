"""Webhooks as Meta posts them, signed and framed before the clock starts."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

WABA, NUMBER = "777000000000001", "555000000000001"
SECOND = 1_795_000_000


def envelope(*statuses: dict[str, Any]) -> bytes:
    """One POST that tells of these statuses."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "40300000000", "phone_number_id": NUMBER},
        "contacts": [{"wa_id": "40700000001", "user_id": "RO.1000000000000001"}],
        "statuses": list(statuses),
    }
    change = {"value": value, "field": "messages"}
    entry = {"id": WABA, "changes": [change]}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    return json.dumps(body, separators=(",", ":")).encode()


def status(wamid: str) -> dict[str, Any]:
    """A ``sent`` of today's shape, with Meta's prices."""
    return {
        "id": wamid,
        "status": "sent",
        "timestamp": str(SECOND),
        "recipient_id": "40700000001",
        "recipient_user_id": "RO.1000000000000001",
        "biz_opaque_callback_data": "3f1c9a52-7d20-4c1e-9f3f-2b1f6f0f9a11:1",
        "pricing": {
            "billable": True,
            "pricing_model": "PMP",
            "category": "utility",
            "type": "regular",
        },
    }


def signature(body: bytes, *, secret: str) -> str:
    """The value of ``X-Hub-Signature-256``."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def requests(count: int, *, mark: str, secret: str, path: str) -> list[tuple[str, bytes]]:
    """So many distinct POSTs of one status each, with their ids: ``<mark>-<number>``."""
    before, after = envelope(status("{}")).split(b"{}")
    made = []
    for number in range(count):
        wamid = f"wamid.{mark}-{number}"
        body = before + wamid.encode() + after
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Hub-Signature-256: {signature(body, secret=secret)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        made.append((wamid, head.encode() + body))
    return made
