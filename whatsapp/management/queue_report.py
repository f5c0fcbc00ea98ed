"""The queue of one number on the operator's screen, and as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from rich.markup import escape

from whatsapp.admin.queue_words import line, sending_in_words, why_in_words
from whatsapp.management import screen
from whatsapp.services.sending.queue_view import NumberQueue, Waiting, Why
from whatsapp.services.sending.senders import Sending


def text(queue: NumberQueue, *, sent: int) -> str:
    """Write a number's state and its table; ``sent`` left in the last minute."""
    sender = queue.sender
    number = sender.number
    lines = [
        f"{number} ({number.phone_number_id}): {sending_in_words(sender)}",
        _("Sender: %(holder)s") % {"holder": sender.holder or _("none")},
        _("Rate: %(sent)d in the last minute, at most %(limit)d a second")
        % {"sent": sent, "limit": sender.breaker.pace(limit=number.pace, now=sender.at)},
        _table(queue) if queue.waiting else _("Nothing waits."),
    ]
    return "\n".join(lines)


def standstill(queues: Sequence[NumberQueue]) -> str:
    """Say which numbers do not send as they should, and why; empty while all do."""
    reasons = ((queue.sender.number, _standing_still(queue)) for queue in queues)
    return "; ".join(f"{number}: {words}" for number, words in reasons if words)


def _standing_still(queue: NumberQueue) -> str:
    if queue.sender.sending is not Sending.RUNNING:
        return sending_in_words(queue.sender)
    return why_in_words(Why.UNLED) if queue.count(Why.UNLED) else ""


def record(queue: NumberQueue, *, sent: int) -> dict[str, Any]:
    """The same as JSON takes it; moments in ISO 8601."""
    sender = queue.sender
    return {
        "phone_number_id": sender.number.phone_number_id,
        "name": str(sender.number),
        "sending": sender.sending,
        "cause": sender.breaker.cause,
        "reason": sender.breaker.reason,
        "until": _iso(sender.breaker.until),
        "holder": sender.holder,
        "lease_until": _iso(sender.lease_until),
        "messages_per_second": sender.number.pace,
        "sent_last_minute": sent,
        "leaving": queue.leaving,
        "oldest_due_seconds": queue.oldest_due.total_seconds(),
        "waiting": [
            {
                "kind": each.kind,
                "priority": each.priority.name.lower(),
                "why": each.why,
                "count": each.count,
                "since": _iso(each.since),
                "until": _iso(each.until),
                "reason": each.reason,
            }
            for each in queue.waiting
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _table(queue: NumberQueue) -> str:
    headings = (_("What"), _("Count"), _("Why"), _("Since"), _("Until"), _("Reason"))
    return screen.table(*headings, rows=[_row(each, queue=queue) for each in queue.waiting])


def _row(waiting: Waiting, *, queue: NumberQueue) -> tuple[str, ...]:
    said = line(waiting, now=queue.sender.at)
    return said.kind, str(said.count), said.why, said.age, said.until, escape(said.reason)
