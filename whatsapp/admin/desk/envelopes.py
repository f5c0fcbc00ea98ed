"""What every form that sends carries besides its words: who asks, once, and when it may leave."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from whatsapp.errors import ValidationError

JUST_NOW = timedelta(minutes=1)  # the field has whole minutes: the one that runs may be chosen


class Posted(TypedDict, total=False):
    """The part of ``services.messages.Envelope`` that a form fills."""

    user_id: int | None
    send_at: datetime | None
    idempotency_key: str


def envelope_of(request: HttpRequest) -> Posted:
    """Read it from the form. Its ``key`` makes a double click, or a form posted again, one message.

    ValidationError for a time that is none, or has passed: it was meant for another day.
    """
    posted = Posted(user_id=request.user.pk, send_at=_moment(request.POST.get("send_at", "")))
    if key := request.POST.get("key"):
        posted["idempotency_key"] = key
    return posted


def _moment(given: str) -> datetime | None:
    """Read a browser's time, ``2026-11-23T09:00``, by the clock on the agent's screen."""
    if not given:
        return None
    try:
        at = parse_datetime(given)
    except ValueError:  # the 30th of February
        at = None
    if at is None:
        raise ValidationError("This is no time.", details={"field": "send_at"})
    at = timezone.make_aware(at) if timezone.is_naive(at) else at
    if at < timezone.now() - JUST_NOW:
        raise ValidationError("This time has passed.", details={"field": "send_at"})
    return at
