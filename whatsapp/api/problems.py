"""Every failure as ``{"error": {"code", "message", "details", "request_id"}}``."""

from __future__ import annotations

import logging
import math
import re
import sys
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from whatsapp.errors import RateLimitExceededError, ValidationError, WhatsAppError

logger = logging.getLogger(__name__)

REQUEST_ID_HEADER = "X-Request-ID"
LONGEST_MESSAGE = 2000  # letters
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")  # NUL, and half letters, which UTF-8 cannot write

# The framework's own refusals, by status; its finer codes are not promised to clients
_CODES: Mapping[int, str] = {
    400: "validation",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "unsupported_media_type",
    429: "rate_limit_exceeded",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is said of a failure; the request's id is added on the way out."""

    status: int
    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def request_id(request: HttpRequest) -> str:
    """Give the id that is on the request's log lines; one of our own where nothing set it.

    A client's header is not believed here: the host decides whether it trusts its proxy.
    """
    bound = structlog.contextvars.get_contextvars().get("request_id")
    if bound is None:
        bound = getattr(request, "whatsapp_request_id", None) or uuid.uuid4()
        request.whatsapp_request_id = bound  # type: ignore[attr-defined]
    return str(bound)


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """Answer for an exception; stands in for DRF's handler on our own views only."""
    problem = _problem(error)
    set_rollback()
    body = {
        "code": problem.code,
        "message": _legible(problem.message)[:LONGEST_MESSAGE],
        "details": _legible(problem.details),
        "request_id": request_id(context["request"]._request),
    }
    if problem.status >= 500 and not isinstance(error, WhatsAppError):
        _report(context["request"]._request)
    return Response({"error": body}, status=problem.status, headers=dict(problem.headers))


def _legible(said: Any) -> Any:
    """What Meta, the ERP or a client said, fit to be written in an answer."""
    match said:
        case str():
            return _UNREADABLE.sub("\ufffd", said)
        case Mapping():
            return {_legible(name): _legible(inner) for name, inner in said.items()}
        case list() | tuple():
            return [_legible(inner) for inner in said]
    return said


def _report(request: HttpRequest) -> None:
    """A bug of ours: logged, and told to whatever listens, as Django does for its own 500s."""
    logger.error("request failed", exc_info=sys.exc_info(), extra={"path": request.path})
    got_request_exception.send(sender=None, request=request)


def _problem(error: Exception) -> Problem:
    match error:
        case WhatsAppError():
            return _ours(error)
        case Http404():
            return _theirs(exceptions.NotFound())
        case PermissionDenied():
            return _theirs(exceptions.PermissionDenied())
        case exceptions.ValidationError():
            return _invalid(_fields(error.detail))
        case exceptions.APIException():
            return _theirs(error)
        case RequestDataTooBig():
            return Problem(status=413, code="request_too_large", message="The body is too large.")
        case SuspiciousOperation() | RecursionError():  # a thousand fields, or brackets in brackets
            return _invalid({"request": ["The body cannot be read."]})
        case _:
            return Problem(status=500, code="internal", message="Something went wrong on our side.")


def _ours(error: WhatsAppError) -> Problem:
    if isinstance(error, ValidationError):
        return _invalid({name: [error.message] for name in _names(error)})
    headers = {}
    if isinstance(error, RateLimitExceededError) and error.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after.total_seconds()))
    return Problem(
        status=error.http_status,
        code=error.code,
        message=error.message,
        details=error.details,
        headers=headers,
    )


def _names(error: ValidationError) -> Iterable[str]:
    """The arguments a service found fault with: one, some, or the request as a whole."""
    some = error.details.get("fields")
    if isinstance(some, list):
        return map(str, some)
    return [str(error.details.get("field", "request"))]


def _theirs(error: exceptions.APIException) -> Problem:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    code = _CODES.get(error.status_code, "request_failed")
    return Problem(
        status=error.status_code, code=code, message=_words(error.detail), headers=headers
    )


def _invalid(fields: Mapping[str, Any]) -> Problem:
    named = ", ".join(name for name in fields if name != "request")
    return Problem(
        status=400,
        code="validation",
        message=f"Please correct: {named}." if named else "The request is not valid.",
        details={"fields": fields},
    )


def _fields(detail: Any) -> Mapping[str, Any]:
    """Name each field at fault; what belongs to none is under ``request``."""
    if not isinstance(detail, Mapping):
        return {"request": detail}
    return {
        ("request" if name == "non_field_errors" else str(name)): _places(fault)
        for name, fault in detail.items()
    }


def _places(fault: Any) -> Any:
    """Of many rows, name those at fault by their place, from 0; a row without fault is ``{}``."""
    if isinstance(fault, list) and fault and all(isinstance(one, Mapping) for one in fault):
        return {str(place): _places(one) for place, one in enumerate(fault) if one}
    if isinstance(fault, Mapping):
        return {str(name): _places(inner) for name, inner in fault.items()}
    return fault


def _words(detail: Any) -> str:
    """One sentence; simplejwt's refusals are a mapping with the sentence in ``detail``."""
    return str(detail.get("detail", "")) if isinstance(detail, Mapping) else str(detail)
