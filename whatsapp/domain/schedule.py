"""When a message leaves, and until when it is worth sending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from whatsapp.domain.quiet_hours import QuietHours, quiet_until
from whatsapp.domain.retry import Priority
from whatsapp.errors import ValidationError

FURTHEST = timedelta(days=30)  # how far ahead a message may be scheduled


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """``send_at`` is None for a message that is due at once."""

    send_at: datetime | None
    expires_at: datetime


def schedule(
    *,
    send_at: datetime | None,
    expires_at: datetime | None,
    priority: Priority,
    hours: QuietHours | None,
    lifetime: timedelta,
    now: datetime,
) -> Schedule:
    """Fix the times of a new message; a time that has passed is now.

    It lives ``lifetime`` from when it is due, unless the caller names its end. ValidationError for
    a time without a zone, more than 30 days ahead, or an end before the message is due.
    """
    asked = max(_with_zone(send_at, name="send_at") or now, now)
    if asked > now + FURTHEST:
        raise ValidationError(
            f"A message can wait {FURTHEST.days} days at most.", details={"field": "send_at"}
        )
    due_at = quiet_until(asked, priority=priority, hours=hours) or asked
    ends_at = _with_zone(expires_at, name="expires_at") or due_at + lifetime
    if ends_at <= due_at:
        raise ValidationError(
            f"The message would be due at {due_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC, when it has"
            " expired already.",
            details={"field": "expires_at"},
        )
    return Schedule(send_at=due_at if due_at > now else None, expires_at=ends_at)


def _with_zone(moment: datetime | None, *, name: str) -> datetime | None:
    if moment is not None and moment.utcoffset() is None:
        raise ValidationError(
            f"{name} needs a time zone, such as datetime(…, tzinfo=UTC).", details={"field": name}
        )
    return moment
