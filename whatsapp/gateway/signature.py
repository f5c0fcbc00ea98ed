"""Meta's signature on webhooks: HMAC-SHA256 of the raw body, keyed with the app secret."""

from __future__ import annotations

import hmac
from functools import lru_cache

_PREFIX = "sha256="


def is_valid(*, body: bytes, header: str, secrets: tuple[str, ...]) -> bool:
    """Tell whether ``X-Hub-Signature-256`` signs these very bytes with one of the secrets.

    Several secrets are valid at once while they rotate; with none, nothing is valid. Constant time:
    every secret is tried. The older SHA-1 header is no proof.
    """
    if not header.isascii():  # no digest is; ``compare_digest`` would raise
        return False
    valid = False
    for secret in secrets:
        if secret:
            valid |= hmac.compare_digest(_sign(body, secret), header)
    return valid


def _sign(body: bytes, secret: str) -> str:
    signing = _keyed(secret).copy()
    signing.update(body)
    return _PREFIX + signing.hexdigest()


@lru_cache(maxsize=16)
def _keyed(secret: str) -> hmac.HMAC:
    """What is the same for all bodies; for a short one that is half of the work."""
    return hmac.new(secret.encode(), digestmod="sha256")
