"""What every webhook door decides, without a framework's request; who serves it only asks here."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from whatsapp.conf import whatsapp_settings
from whatsapp.errors import WebhookProcessingError, WebhookValidationError
from whatsapp.gateway import signature

logger = logging.getLogger(__name__)

SIGNATURE_HEADER = "X-Hub-Signature-256"
METHODS = ("GET", "POST")
STORED = json.dumps({"status": "ok"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A no, in the error shape of the API."""

    status: int
    code: str
    message: str

    def body(self, *, request_id: str) -> str:
        """The JSON to answer with."""
        error = {"code": self.code, "message": self.message, "details": {}}
        return json.dumps({"error": {**error, "request_id": request_id}})


CLOSED = Refusal(status=404, code="not_found", message="There is nothing here.")
WRONG_METHOD = Refusal(status=405, code="method_not_allowed", message="Use GET or POST.")
WRONG_TOKEN = Refusal(status=403, code="permission_denied", message="The verify token is not ours.")
UNREADABLE = Refusal(status=400, code="validation", message="The body broke off.")
TOO_LARGE = Refusal(
    status=413, code="request_too_large", message="No webhook of Meta's is that large."
)
UNSIGNED = Refusal(
    status=WebhookValidationError.http_status,
    code=WebhookValidationError.code,
    message="The signature is missing or wrong.",
)
BUSY = Refusal(
    status=503,
    code=WebhookProcessingError.code,
    message="Too much comes at once; send it again.",
)
NOT_STORED = Refusal(
    status=503,
    code=WebhookProcessingError.code,
    message="Not stored, the database did not take it; send it again.",
)


def check_open(method: str) -> Refusal | None:
    """Refuse everything while the module is disabled, and methods Meta does not use."""
    if not whatsapp_settings().enabled:
        return CLOSED
    return None if method in METHODS else WRONG_METHOD


def shake_hands(params: Mapping[str, str]) -> str | Refusal:
    """Return the challenge of Meta's GET when its verify token is ours, compared in constant time.

    No token configured: nobody has the right one.
    """
    ours = whatsapp_settings().verify_token.encode()
    given = params.get("hub.verify_token", "").encode("utf-8", "replace")
    if not (hmac.compare_digest(ours, given) and ours):
        return WRONG_TOKEN
    return params.get("hub.challenge", "") if params.get("hub.mode") == "subscribe" else WRONG_TOKEN


def check_size(size: int) -> Refusal | None:
    """Refuse more than Meta posts; ``size`` in bytes, as announced or as read so far."""
    return TOO_LARGE if size > whatsapp_settings().webhook_max_bytes else None


def check_signature(body: bytes, *, header: str) -> Refusal | None:
    """Refuse what none of our secrets signed; with no secret configured that is everything."""
    secrets = whatsapp_settings().app_secrets
    return None if signature.is_valid(body=body, header=header, secrets=secrets) else UNSIGNED


def report_unsigned(body: bytes, *, header: str) -> None:
    logger.warning("webhook refused", extra={"bytes": len(body), "signed": bool(header)})
