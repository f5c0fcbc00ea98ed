"""What the OpenAPI page says of an operation's answers, refusals included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiResponse
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


_ERRORS: Mapping[int, str] = {
    400: "The request is not valid; `details.fields` says where.",
    401: "No token, or one that is not valid.",
    403: "The user may not do this.",
    404: "There is no such row.",
    409: "The idempotency key was used before, for something else.",
    412: "The conversation has changed since the `If-Match` that was given.",
    413: "The file is larger than WhatsApp takes.",
    415: "The body is not of a type that is read here.",
    429: "Too many requests; try again after `Retry-After` seconds.",
    422: "The request is understood, but a rule of WhatsApp's forbids it now.",
    502: "Meta, or the ERP, did not do what was asked.",
}


def answers(
    success: Mapping[int, Any], *errors: int, always: Sequence[int] = (401, 403, 404)
) -> dict[int, Any]:
    """Document an operation: what it answers, and the failures a client must expect."""
    failures = {
        status: OpenApiResponse(ErrorAnswer, description=_ERRORS[status])
        for status in sorted({*always, *errors})
    }
    return {**success, **failures}
