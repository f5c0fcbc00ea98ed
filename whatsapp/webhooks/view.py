"""The plain door for Meta, under any server. ``door`` decides; here is only Django's side of it.

Its threads share commits. A caller's transaction keeps the rows to itself, as tests have them.
"""

from __future__ import annotations

import logging
import uuid

import structlog
from django.db import Error, connection, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from whatsapp.conf import whatsapp_settings
from whatsapp.services import webhook_events
from whatsapp.services.events import thread_commit
from whatsapp.services.events.group_commit import NotStoredError
from whatsapp.webhooks import door
from whatsapp.webhooks.door import Refusal

logger = logging.getLogger(__name__)

# In META: ``request.headers`` would be made of all headers, for one
SIGNATURE = "HTTP_" + door.SIGNATURE_HEADER.upper().replace("-", "_")


@csrf_exempt
@transaction.non_atomic_requests  # a 200 is given after the commit, whatever the host's default
def webhook(request: HttpRequest) -> HttpResponse:
    """GET verifies the address, POST takes events; 200 means that they are committed rows."""
    method = request.method or ""
    refusal = door.check_open(method)
    if refusal is not None:
        return _refuse(refusal)
    if method == "GET":
        challenge = door.shake_hands(request.GET.dict())
        if isinstance(challenge, Refusal):
            return _refuse(challenge)
        return HttpResponse(challenge, content_type="text/plain; charset=utf-8")
    refusal = _take(request)
    return _refuse(refusal) if refusal else _json(door.STORED, status=200)


def _take(request: HttpRequest) -> Refusal | None:
    """Check and store a body; None when it is committed."""
    body = _read(request)
    if isinstance(body, Refusal):
        return body
    header = str(request.META.get(SIGNATURE, ""))
    refusal = door.check_signature(body, header=header)
    if refusal is not None:
        door.report_unsigned(body, header=header)
        return refusal
    try:
        if connection.in_atomic_block:
            webhook_events.record(body=body)
        else:
            thread_commit.record(body=body)
    except NotStoredError:  # it has said why
        return door.NOT_STORED
    except Error as error:  # also a standby that only reads: whatever it is, Meta comes again
        reason = (str(error).splitlines() or [""])[0]  # PostgreSQL's details show what is stored
        logger.warning(
            "webhook not stored", extra={"error": type(error).__name__, "reason": reason}
        )
        return door.NOT_STORED
    return None


def _read(request: HttpRequest) -> bytes | Refusal:
    """Read the raw bytes from the stream: ``request.body`` refuses what is beyond 2.5 MB."""
    announced = str(request.META.get("CONTENT_LENGTH", ""))
    refusal = door.check_size(int(announced) if announced.isdecimal() else 0)
    if refusal is not None:
        return refusal
    try:
        body = request.read(whatsapp_settings().webhook_max_bytes + 1)
    except UnreadablePostError:
        return door.UNREADABLE
    return door.check_size(len(body)) or body


def _refuse(refusal: Refusal) -> HttpResponse:
    bound = structlog.contextvars.get_contextvars().get("request_id")
    response = _json(refusal.body(request_id=str(bound or uuid.uuid4())), status=refusal.status)
    if refusal is door.WRONG_METHOD:
        response["Allow"] = ", ".join(door.METHODS)
    return response


def _json(body: str, *, status: int) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")
