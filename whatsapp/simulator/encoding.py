"""JSON as Meta writes it, and the digests that go with it."""

import hashlib
import hmac
import json
from typing import Any

Json = dict[str, Any]

_encode = json.JSONEncoder(separators=(",", ":")).encode


def dumps(value: object) -> bytes:
    """Encode compactly; non-ASCII leaves as lower-case `\\u` escapes."""
    return _encode(value).encode()


def webhook_bytes(value: object) -> bytes:
    """Encode as webhooks are: slashes escaped too, so that a re-dumped body never verifies."""
    return _encode(value).replace("/", "\\/").encode()


def signature(*, secret: str, body: bytes) -> str:
    """Return the value of `X-Hub-Signature-256` for these exact bytes."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def stable_number(*parts: str) -> int:
    """Return the same 16-digit number for the same text in every run."""
    digest = hashlib.sha256("|".join(parts).encode()).digest()
    return 10**15 + int.from_bytes(digest[:8], "big") % (9 * 10**15)
