"""Every error raised on purpose. Callers catch WhatsAppError; doors turn one into an answer.

``code`` is stable and machine-readable, ``http_status`` is what an HTTP door answers, ``retryable``
says that the same call may succeed later unchanged. The table is in docs/api.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta


class WhatsAppError(Exception):
    """Root of the tree; ``details`` is JSON-ready and holds no secret and no message text."""

    code = "whatsapp"
    http_status = 500
    retryable = False

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, object] = dict(details or {})


class ValidationError(WhatsAppError, ValueError):
    """An argument is missing, malformed or names something that does not exist."""

    code = "validation"
    http_status = 400


class NotFoundError(WhatsAppError, LookupError):
    """The row that was named does not exist."""

    code = "not_found"
    http_status = 404


class InvalidPhoneError(WhatsAppError, ValueError):
    """The text is no phone number that exists in its country's numbering plan."""

    code = "invalid_phone"
    http_status = 400


class TemplateValidationError(WhatsAppError, ValueError):
    """A template, or the parameters given for it, do not fit Meta's rules."""

    code = "template_validation"
    http_status = 400


class IdempotencyConflictError(WhatsAppError):
    """The idempotency key was used before, for something else."""

    code = "idempotency_conflict"
    http_status = 409


class PreconditionFailedError(WhatsAppError):
    """The row is no longer what the caller has seen; ``details`` say what it is now."""

    code = "precondition_failed"
    http_status = 412


class MediaTooLargeError(WhatsAppError, ValueError):
    """A file is larger than Meta takes for its kind."""

    code = "media_too_large"
    http_status = 413


class TemplateNotApprovedError(WhatsAppError):
    """The template exists, but Meta does not let it be sent now."""

    code = "template_not_approved"
    http_status = 422


class ConversationClosedError(WhatsAppError):
    """Archived, or the 24-hour window is closed; ``details["reason"]`` says which."""

    code = "conversation_closed"
    http_status = 422


class MessageNotDeliverableError(WhatsAppError):
    """A rule forbids the message: opted out, not on WhatsApp, expired, wrong state."""

    code = "message_not_deliverable"
    http_status = 422


class DocumentError(WhatsAppError):
    """The ERP could not make a document; nothing was sent."""

    code = "document"
    http_status = 502
    retryable = True


class MergeStandsError(WhatsAppError):
    """Contacts that were merged cannot be taken apart; ``details["reason"]`` says why."""

    code = "merge_stands"
    http_status = 422


class RateLimitExceededError(WhatsAppError):
    """Meta asks for patience; the message was not taken and waits."""

    code = "rate_limit_exceeded"
    http_status = 429
    retryable = True

    def __init__(
        self,
        message: str,
        *,
        retry_after: timedelta | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, details=details)
        self.retry_after = retry_after


class WebhookValidationError(WhatsAppError, ValueError):
    """A webhook's signature is missing or wrong, or no secret is configured."""

    code = "webhook_validation"
    http_status = 401


class MessageSendError(WhatsAppError):
    """Meta, or the way to it, failed; what is known is in domain.retry.Failure."""

    code = "message_send"
    http_status = 502
    retryable = True


class WebhookProcessingError(WhatsAppError):
    """A webhook event could not be applied; it stays pending or becomes dead with this reason."""

    code = "webhook_processing"
    http_status = 500
    retryable = True
