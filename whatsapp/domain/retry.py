"""Whether and when to send again.

Meta has no idempotency key on sends, so only what proves that the message was not taken is tried
again at once. The table from Meta's codes to these classes is ``gateway/errors.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

MAX_RETRIES = 3
FIRST_DELAY = timedelta(seconds=30)
GROWTH = 8  # 30 s, 4 min, 32 min: outlasts a restart, a maintenance and a short outage
SLOW_DELAY = timedelta(seconds=1)  # the breaker doubles it while Meta goes on asking
TEMPLATE_REST = timedelta(minutes=10)  # between two looks at a template that Meta has paused
LINK_REST = timedelta(minutes=10)  # so long Meta keeps what it got from an address, or did not get
UNUSABLE_FILE = 131053
SLOW_PAIR_CAP = timedelta(minutes=5)  # after a burst of 45 Meta closes a pair for 45 x 6 s


class FailureClass(StrEnum):
    """What an answer, or its absence, proves about the message."""

    NOT_SENT = "NOT_SENT"  # no byte left
    REFUSED = "REFUSED"  # rejected before processing, by the server's state: 131057
    SLOW_NUMBER = "SLOW_NUMBER"  # 130429, HTTP 429
    SLOW_ACCOUNT = "SLOW_ACCOUNT"  # 4, 17, 341, 613, 80007
    SLOW_PAIR = "SLOW_PAIR"  # 131056
    AMBIGUOUS = "AMBIGUOUS"  # departed, perhaps taken: read timeout, 5xx, 1, 2, 131000, 131016
    FATAL_MESSAGE = "FATAL_MESSAGE"
    FATAL_ACCOUNT = "FATAL_ACCOUNT"  # token, permission, payment, lock: a person must mend it
    WINDOW_CLOSED = "WINDOW_CLOSED"  # 131047
    TEMPLATE_PROBLEM = "TEMPLATE_PROBLEM"
    TEMPLATE_RESTS = "TEMPLATE_RESTS"  # 132015, 134101: every message with it, until it is back
    OPTED_OUT = "OPTED_OUT"  # 131050
    CAPPED = "CAPPED"  # 131049: not for this customer today, and asking again makes it worse


_PATIENT = frozenset(
    {
        FailureClass.SLOW_NUMBER,
        FailureClass.SLOW_ACCOUNT,
        FailureClass.SLOW_PAIR,
        FailureClass.TEMPLATE_RESTS,
    }
)


class Action(StrEnum):
    """What to do with the message now."""

    RETRY = "RETRY"
    WAIT = "WAIT"  # asked to slow down; burns no retry
    UNCONFIRMED = "UNCONFIRMED"
    FAIL = "FAIL"
    HOLD = "HOLD"  # stays where it is until a person, or the mended account, lets it go


class Priority(IntEnum):
    """Who goes first among the messages of one number."""

    REPLY = 0
    NOTICE = 1
    BROADCAST = 2


class UnconfirmedPolicy(StrEnum):
    """What becomes of a message whose outcome stays unknown."""

    RETRY = "RETRY"
    HOLD = "HOLD"


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One failed attempt, in Meta's words. ``fbtrace_id`` is what Meta's support asks for."""

    failure_class: FailureClass
    code: int | None
    title: str
    details: str = ""
    http_status: int | None = None
    retry_after: timedelta | None = None
    fbtrace_id: str = ""

    @property
    def reason(self) -> str:
        """The failure as a sentence for a person."""
        number = "" if self.code is None else f" ({self.code})"
        details = f": {self.details}" if self.details and self.details != self.title else ""
        return f"{self.title}{number}{details}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The verdict on one failure; ``next_attempt_at`` only with RETRY and WAIT."""

    action: Action
    next_attempt_at: datetime | None
    burns_retry: bool
    reason: str


def is_expired(*, now: datetime, expires_at: datetime) -> bool:
    """Tell whether the message is too old to be sent; 24 h after it was due, by default."""
    return now >= expires_at


def can_retry(
    *, retries: int, now: datetime, expires_at: datetime, max_retries: int = MAX_RETRIES
) -> bool:
    """Tell whether another retry is left, in number and in time."""
    return retries < max_retries and not is_expired(now=now, expires_at=expires_at)


def pair_delay(n: int) -> timedelta:
    """Say how long a recipient rests after refusal ``n`` (from 0) in a row: Meta's 4^n seconds."""
    return timedelta(seconds=4**n)


def decide(
    failure: Failure,
    *,
    retries: int,
    now: datetime,
    expires_at: datetime,
    max_retries: int = MAX_RETRIES,
    jitter: float,
    refusals: int = 0,
    by_link: bool = False,
) -> Decision:
    """Decide on a message after a failed attempt.

    ``retries`` counts the attempts that burnt one, ``refusals`` the requests to slow down before
    this one, ``jitter`` in [0, 1) spreads those that failed together. A file that Meta fetches
    itself (``by_link``) is worth a second try. A next attempt that would come after ``expires_at``
    is a FAIL.
    """
    is_worth_another = by_link and not retries and failure.code == UNUSABLE_FILE
    match failure.failure_class:
        case FailureClass.AMBIGUOUS:
            return _verdict(Action.UNCONFIRMED, f"No clear answer: {failure.reason}")
        case FailureClass.FATAL_ACCOUNT if not is_expired(now=now, expires_at=expires_at):
            return _verdict(Action.HOLD, failure.reason)
        case FailureClass.FATAL_ACCOUNT:
            return _expired(failure)
        case FailureClass.NOT_SENT | FailureClass.REFUSED if retries >= max_retries:
            return _verdict(Action.FAIL, f"Given up after {retries} retries: {failure.reason}")
        case FailureClass.NOT_SENT | FailureClass.REFUSED:
            action, delay = Action.RETRY, FIRST_DELAY * GROWTH**retries
        case kind if kind in _PATIENT:
            action, delay = Action.WAIT, _patience(kind, refusals)
        case FailureClass.FATAL_MESSAGE if is_worth_another:
            action, delay = Action.RETRY, LINK_REST
        case _:
            return _verdict(Action.FAIL, failure.reason)
    next_attempt_at = now + max(failure.retry_after or delay, delay) * (1 + jitter / 2)
    if is_expired(now=next_attempt_at, expires_at=expires_at):
        return _expired(failure)
    return Decision(
        action=action,
        next_attempt_at=next_attempt_at,
        burns_retry=action is Action.RETRY,
        reason=failure.reason,
    )


def _patience(kind: FailureClass, refusals: int) -> timedelta:
    """Say how long to wait at least when that is all that is asked."""
    if kind is FailureClass.TEMPLATE_RESTS:
        return TEMPLATE_REST
    if kind is FailureClass.SLOW_PAIR:
        # the inner min() first: 4**n of a pair refused all day would overflow a timedelta
        return min(pair_delay(min(refusals, 9)), SLOW_PAIR_CAP)
    return SLOW_DELAY


def _verdict(action: Action, reason: str) -> Decision:
    return Decision(action=action, next_attempt_at=None, burns_retry=False, reason=reason)


def _expired(failure: Failure) -> Decision:
    return _verdict(Action.FAIL, f"expired; the last failure was: {failure.reason}")


def unconfirmed_policy(priority: Priority) -> UnconfirmedPolicy:
    """Say what a kind of message prefers: an order notice twice, or a reply or an offer not at all.

    The agent who wrote a reply can look and decide; marketing twice is worse than missing.
    """
    return UnconfirmedPolicy.RETRY if priority is Priority.NOTICE else UnconfirmedPolicy.HOLD


def settle(
    *,
    policy: UnconfirmedPolicy,
    departed_at: datetime,
    now: datetime,
    wait: timedelta,
    newest_processed_event_at: datetime | None,
    oldest_pending_event_at: datetime | None,
    silence: timedelta = timedelta(0),
) -> Action | None:
    """Decide on an UNCONFIRMED message that no status has settled; None is: keep waiting.

    The wait counts only while webhooks flow: an event for this number that was *received* after
    the departure and the wait must have been processed, and none older be pending, since that one
    may be ours. ``silence`` is the time since the departure known to have been without webhooks,
    and is not counted. Without such proof the message is held, whatever the policy: a HOLD where
    the policy says RETRY means that webhooks do not arrive, and deserves an alert.
    """
    due_at = departed_at + wait + silence
    newest, pending = newest_processed_event_at, oldest_pending_event_at
    if now < due_at:
        return None
    if newest is not None and newest >= due_at:
        if pending is not None and pending <= newest:
            return None
        return Action.RETRY if policy is UnconfirmedPolicy.RETRY else Action.HOLD
    if pending is not None:
        return None
    # A quiet number is not a dead one: events since the departure earn it a second wait
    if newest is not None and newest > departed_at and now < due_at + wait:
        return None
    return Action.HOLD
