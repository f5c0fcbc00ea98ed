"""Meta's signature on webhooks: HMAC-SHA256 of the raw body, keyed with the app secret."""

from __future__ import annotations

import hmac

_PREFIX = "sha256="


def is_valid(*, body: bytes, header: str, secrets: tuple[str, ...]) -> bool:
    """Tell whether ``X-Hub-Signature-256`` signs these very bytes with one of the secrets.

    Several secrets are valid at once while they rotate; with none, nothing is valid. Constant time:
    every secret is tried. The older SHA-1 header is no proof.
    """
    given = header.removeprefix(_PREFIX).encode("utf-8", "replace")
    matches = [hmac.compare_digest(_sign(body, secret), given) for secret in secrets if secret]
    return header.startswith(_PREFIX) and any(matches)


def _sign(body: bytes, secret: str) -> bytes:
    return hmac.digest(secret.encode(), body, "sha256").hex().encode()
