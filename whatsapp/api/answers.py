"""What the OpenAPI page says of an operation's answers, refusals included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers


class ErrorBody(serializers.Serializer[Any]):
    """What went wrong."""

    code = serializers.CharField(help_text="Stable, for machines.")
    message = serializers.CharField(help_text="For people.")
    details = serializers.DictField(help_text="Of `validation`: `fields`, with what is wrong.")
    request_id = serializers.CharField(help_text="Also in the header X-Request-ID and our log.")


class ErrorAnswer(serializers.Serializer[Any]):
    """The body of every failure."""

    error = ErrorBody()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Failure:
    """A status, what it means here, and an answer that has it."""

    words: str
    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)


_FAILURES: Mapping[int, _Failure] = {
    400: _Failure(
        words="The request is not valid; `details.fields` says where.",
        code="validation",
        message="Please correct: send_at.",
        details={"fields": {"send_at": ["Datetime has wrong format."]}},
    ),
    401: _Failure(
        words="No token, or one that is not valid.",
        code="not_authenticated",
        message="Given token not valid for any token type",
    ),
    403: _Failure(
        words="The user may not do this.",
        code="permission_denied",
        message="You do not have permission to perform this action.",
    ),
    404: _Failure(
        words="There is no such row, or it is not for this user to see.",
        code="not_found",
        message="Not found.",
    ),
    406: _Failure(
        words="The client takes no JSON.",
        code="not_acceptable",
        message="Could not satisfy the request Accept header.",
    ),
    409: _Failure(
        words="The idempotency key was used before, for something else.",
        code="idempotency_conflict",
        message="This idempotency key was used for something else; a new message needs a new key.",
        details={"field": "idempotency_key"},
    ),
    412: _Failure(
        words="The conversation is no longer what `If-Match` says; `details` tell what it is.",
        code="precondition_failed",
        message="The conversation has changed since you read it; look again.",
        details={"status": "ASSIGNED", "assigned_to": 5, "priority": "NORMAL", "tags": []},
    ),
    413: _Failure(
        words="The body, or the file, is larger than is taken here.",
        code="request_too_large",
        message="The body is too large.",
    ),
    415: _Failure(
        words="The body is not of a type that is read here.",
        code="unsupported_media_type",
        message='Unsupported media type "text/xml" in request.',
    ),
    422: _Failure(
        words="The request is understood, but a rule of WhatsApp's forbids it now.",
        code="conversation_closed",
        message="The customer has not written in the last 24 hours; send a template.",
        details={"reason": "window_closed"},
    ),
    429: _Failure(
        words="Too much was asked; `Retry-After` says how long to wait.",
        code="rate_limit_exceeded",
        message="Request was throttled. Expected available in 12 seconds.",
    ),
    502: _Failure(
        words="Meta, or the ERP, did not do what was asked.",
        code="message_send",
        message="Meta refused it: (#100) Invalid parameter",
        details={"code": 100},
    ),
}


def answers(
    success: Mapping[Any, Any], *errors: int, always: Sequence[int] = (401, 403, 404, 406, 429)
) -> dict[Any, Any]:
    """Document an operation: what it answers, and the failures a client must expect."""
    failures = {status: _documented(_FAILURES[status]) for status in sorted({*always, *errors})}
    return {**success, **failures}


def _documented(failure: _Failure) -> OpenApiResponse:
    body = {
        "code": failure.code,
        "message": failure.message,
        "details": dict(failure.details),
        "request_id": "0f0b7d2e-6f3c-4a51-9a0c-2b7a55e5b0c1",
    }
    example = OpenApiExample(failure.code, value={"error": body}, response_only=True)
    return OpenApiResponse(ErrorAnswer, description=failure.words, examples=[example])
