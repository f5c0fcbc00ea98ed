"""Webhook events on the operator's screen, and as JSON for programs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from rich.markup import escape

from whatsapp.management import screen
from whatsapp.services.events import event_view


def record() -> dict[str, Any]:
    """Everything as JSON takes it; moments in ISO 8601, ages in seconds."""
    standing = asdict(event_view.standing())
    return {
        "at": timezone.now().isoformat(),
        **{
            f"{name}_seconds" if isinstance(value, timedelta) else name: (
                value.total_seconds() if isinstance(value, timedelta) else value
            )
            for name, value in standing.items()
        },
        "groups": [_plain(asdict(each)) for each in event_view.groups()],
        "oldest": [
            {
                "id": event.pk,
                "idempotency_key": event.idempotency_key,
                "field": event.field,
                "received_at": event.received_at.isoformat(),
                "attempts": event.attempts,
                "next_attempt_at": event.next_attempt_at.isoformat(),
                "why": event.error,
            }
            for event in event_view.oldest_pending()
        ],
        "dead_reasons": [_plain(asdict(each)) for each in event_view.dead()],
    }


def text() -> str:
    """The same in words: where it stands, the groups, what waits and why, what is dead and why."""
    standing = event_view.standing()
    lines = [
        _("Not tried yet: %(pending)d, to be tried again: %(retried)d, dead: %(dead)d")
        % {"pending": standing.pending, "retried": standing.retried, "dead": standing.dead},
        _("The oldest came %(age)d s ago; the first that is due waits %(due)d s")
        % {
            "age": standing.oldest_pending.total_seconds(),
            "due": standing.oldest_due.total_seconds(),
        },
        _groups(),
        _waiting(),
        _dead(),
    ]
    return "\n".join(filter(None, lines))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in values.items()
    }


def _groups() -> str:
    headings = (_("Field"), _("Status"), _("Outcome"), _("Count"), _("Newest"))
    now = timezone.now()
    rows = [
        (escape(each.field), each.status, each.outcome, str(each.count), _ago(each.newest, now))
        for each in event_view.groups()
    ]
    return screen.table(*headings, rows=rows) if rows else _("There are no events.")


def _waiting() -> str:
    headings = (_("Waits"), _("Since"), _("Attempts"), _("Why"))
    now = timezone.now()
    rows = [
        (
            escape(event.idempotency_key),
            _ago(event.received_at, now),
            str(event.attempts),
            escape(event.error),
        )
        for event in event_view.oldest_pending()
    ]
    return screen.table(*headings, rows=rows) if rows else ""


def _dead() -> str:
    headings = (_("Dead"), _("Count"), _("Reason"), _("Since"), _("Newest"))
    now = timezone.now()
    rows = [
        (
            escape(each.field),
            str(each.count),
            escape(each.reason),
            _ago(each.oldest, now),
            f"#{each.event_id}",
        )
        for each in event_view.dead()
    ]
    return screen.table(*headings, rows=rows) if rows else ""


def _ago(moment: Any, now: Any) -> str:
    return timesince(moment, now, depth=1)
