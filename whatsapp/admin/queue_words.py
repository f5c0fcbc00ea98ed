"""The words of the queue: what waits and why, how attempts ended, whether a number sends."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import formats, timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from whatsapp.domain.breaker import Cause
from whatsapp.domain.retry import Action, Priority
from whatsapp.models import attempt
from whatsapp.models.outbox import OutboxKind
from whatsapp.services.sending.queue_view import Waiting, Why
from whatsapp.services.sending.senders import Sender, Sending

_PRIORITIES: Mapping[int, str] = {
    Priority.REPLY: noop("Reply"),
    Priority.NOTICE: noop("Order notice"),
    Priority.BROADCAST: noop("Broadcast"),
}
_KINDS: Mapping[str, str] = {
    OutboxKind.READ_RECEIPT: noop("Read receipt"),
    OutboxKind.TYPING: noop("Typing indicator"),
}
_REASONS: Mapping[Why, str] = {
    Why.DUE: noop("due now"),
    Why.IN_FLIGHT: noop("on its way to Meta"),
    Why.PAUSED: noop("sending is paused"),
    Why.UNLED: noop("due, but no sender runs"),
    Why.UPLOADING: noop("its file is being uploaded"),
    Why.RETRYING: noop("tried again later"),
    Why.QUIET_HOURS: noop("quiet hours"),
    Why.SCHEDULED: noop("scheduled"),
    Why.UNCONFIRMED: noop("perhaps sent, not confirmed yet"),
    Why.HELD: noop("held for a decision"),
    Why.FAILED: noop("not sent"),
}
_OUTCOMES: Mapping[str, str] = {
    Action.RETRY: noop("Not sent, tried again"),
    Action.WAIT: noop("Put off by Meta"),
    Action.UNCONFIRMED: noop("Left, but no answer came"),
    Action.HOLD: noop("Refused for the account's trouble"),
    Action.FAIL: noop("Given up"),
    attempt.FAILED: noop("Failed at Meta"),
    attempt.SURPRISE: noop("Taken by Meta too"),
    attempt.DOUBLED: noop("Reached the customer too"),
}
_CAUSES: Mapping[Cause, str] = {
    Cause.TROUBLE: noop("Meta fails too often, last with: %(reason)s"),
    Cause.SLOW: noop("Meta asks for patience: %(reason)s"),
    Cause.ACCOUNT: noop("Meta refuses the account: %(reason)s"),
}
# What our services write before Meta's own words
_BEFORE_METAS = re.compile(
    r"(No clear answer: |Given up after (?P<n>\d+) retries: |expired; the last failure was: )(.+)",
    re.DOTALL,
)
_OURS = (
    noop("expired"),
    noop("The sender stopped while the message was in its hands."),
    noop("Meta's answer was never seen; look at the customer's thread, then decide."),
)
_PREFIXES: Mapping[str, str] = {
    "N": noop("No clear answer: %(reason)s"),
    "G": noop("Given up after %(n)s retries: %(reason)s"),
    "e": noop("Expired; the last failure was: %(reason)s"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """Rows that wait for one reason, in the reader's words."""

    kind: str
    count: int
    why: str
    age: str
    until: str
    reason: str


def line(waiting: Waiting, *, now: datetime) -> Line:
    """Say what waits."""
    return Line(
        kind=kind_in_words(kind=waiting.kind, priority=waiting.priority),
        count=waiting.count,
        why=_(_REASONS[waiting.why]),
        age=timesince(waiting.since, now, depth=1),
        until=moment(waiting.until, now=now) if waiting.until else "",
        reason=reason_in_words(waiting.reason),
    )


def kind_in_words(*, kind: str, priority: int) -> str:
    """Tell a reply, an order notice and a broadcast apart; and courtesies from messages."""
    return _(_KINDS[kind]) if kind in _KINDS else priority_in_words(priority)


def priority_in_words(priority: int) -> str:
    """Say what has this priority."""
    return _(_PRIORITIES[priority])


def why_in_words(why: Why) -> str:
    """Say why a row waits."""
    return _(_REASONS[why])


def twice_in_words(outcomes: Collection[str]) -> str:
    """Explain why a message went twice, by its surprises' outcomes; '' if it did not."""
    if attempt.DOUBLED in outcomes:
        return _("WhatsApp never answered, so it was sent again; then both arrived.")
    if outcomes:
        return _("WhatsApp never answered, so it was sent again; both are on their way.")
    return ""


def outcome_in_words(outcome: str) -> str:
    """Say how an attempt ended."""
    return _(_OUTCOMES[outcome]) if outcome in _OUTCOMES else outcome


def reason_in_words(reason: str) -> str:
    """Say a reason kept in English: ours in the reader's language, Meta's as Meta wrote it."""
    if found := _BEFORE_METAS.fullmatch(reason):
        return _(_PREFIXES[reason[0]]) % {"n": found["n"], "reason": found[3]}
    return _(reason) if reason in _OURS else reason


def sending_in_words(sender: Sender) -> str:
    """Say whether a number sends, else until when not and why."""
    breaker = sender.breaker
    if sender.sending is Sending.RUNNING:
        return _("running")
    why = _(_CAUSES[breaker.cause]) % {"reason": breaker.reason}
    if sender.sending is Sending.PROBING:
        return _("Sending rests but for one trial message: %(why)s") % {"why": why}
    if breaker.until is None:
        return _("Sending paused until the account is mended: %(why)s") % {"why": why}
    until = moment(breaker.until, now=sender.at)
    return _("Sending paused until %(when)s: %(why)s") % {"when": until, "why": why}


def moment(at: datetime, *, now: datetime) -> str:
    """Write the time of day in the shop's zone, with the date unless it is today's."""
    local = timezone.localtime(at)
    is_today = local.date() == timezone.localtime(now).date()
    return formats.date_format(local, "H:i" if is_today else "j M, H:i")
