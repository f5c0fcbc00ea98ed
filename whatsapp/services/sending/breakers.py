"""The circuit breaker of a number, kept in its sender's row by whoever holds the lease."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from whatsapp import queue
from whatsapp.domain.breaker import BreakerState, Cause, Circuit, from_json, to_json
from whatsapp.domain.pace import Answers
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.models import BusinessNumber, SenderState
from whatsapp.ports import StaffNotice
from whatsapp.services.outgoing.sender_lease import Lease
from whatsapp.services.sending.verdicts import Outcome
from whatsapp.wiring import staff_notifier

logger = logging.getLogger(__name__)

# Without a departure it is our own verdict, and says nothing of Meta's health
_OF_THE_MESSAGE = FailureClass.FATAL_MESSAGE
_TOO_FAST = (FailureClass.SLOW_NUMBER, FailureClass.SLOW_ACCOUNT)


class Keeper:
    """The holder's view of the breaker: asked before departures, told every outcome.

    The crew asks and tells under its lock; the sender's own thread keeps what changed.

    What others write into the row, Meta's ban or a person's mending, is seen each second.

    An account that was broken counts as mended when the number's token is another than the one
    that was refused; a person may also mend it by hand (``mend``).
    """

    def __init__(self, *, number: BusinessNumber, lease: Lease) -> None:
        self._number = number
        self._lease = lease
        self._token = _fingerprint(number.token)
        self._kept = self._state = BreakerState()
        self._stored: dict[str, Any] = {}
        self._taken = 0  # successes not yet counted
        self._answers = Answers()
        self._load()

    def room(self, *, now: datetime) -> float:
        """How many may be claimed: none, one probe, or as many as there are."""
        if not self._state.allow(now):
            return 0
        return float("inf") if self._state.state is Circuit.CLOSED else 1

    def pace(self, *, now: datetime) -> int:
        """How many may leave in a second: the number's limit, or less after Meta refused it."""
        return self._state.pace(limit=self._number.pace, now=now)

    def may_go(self, *, now: datetime) -> bool:
        """Whether one more may leave at this moment."""
        return self._state.allow(now)

    def departing(self, *, now: datetime) -> None:
        """Note that a message leaves; after a rest it is the probe."""
        self._state = self._state.departing(now=now)

    def rest(self, *, now: datetime) -> timedelta | None:
        """How long nothing may leave; None until a person mends the account."""
        if self._state.allow(now):
            return timedelta(0)
        return None if self._state.until is None else self._state.until - now

    def hear(self, outcome: Outcome, *, now: datetime) -> None:
        """Take in how an attempt ended, at once: a broken account must not get the next one."""
        failure = outcome.failure
        if failure is None:
            self._taken += 1
            self._answers.took(now.timestamp())
        elif failure.failure_class in _TOO_FAST:
            self._hear_refusal(outcome, failure, now=now)
        elif outcome.departed_at or failure.failure_class is not _OF_THE_MESSAGE:
            self.count(now=now)
            self._state = self._state.record_failure(failure, now=now)

    def _hear_refusal(self, outcome: Outcome, failure: Failure, *, now: datetime) -> None:
        """Pause and go on slower, unless it is a stray one, or left before the last pause."""
        is_crowd = self._answers.refused(now.timestamp())
        opened_at, left_at = self._state.opened_at, outcome.departed_at
        is_late = opened_at is not None and left_at is not None and left_at <= opened_at
        if failure.retry_after is None and (is_late or not is_crowd):
            return
        self.count(now=now)
        if self._state.allow(now) and not is_late:
            taken = self._answers.taken_in_last_second(now.timestamp())
            self._state = self._state.eased(limit=self._number.pace, taken=taken, now=now)
        self._state = self._state.record_failure(failure, now=now)

    def count(self, *, now: datetime) -> None:
        """Fold the successes in, many at a time."""
        if self._taken:
            self._state = self._state.record_success(now=now, count=self._taken)
            self._taken = 0

    def keep(self) -> None:
        """Write a change of state down, and announce it."""
        before, after = self._kept, self._state
        if replace(after, counts=()) != replace(before, counts=()):
            self._save(after)
            self._announce(after, before=before)
        self._kept = after

    def others_word(self) -> dict[str, Any] | None:
        """What somebody else has written into the row since; None mostly."""
        stored = _stored(self._number.pk)
        return None if stored == self._stored else stored

    def obey(self, stored: dict[str, Any]) -> None:
        """Take over what somebody else wrote into the row."""
        self._stored = stored
        self._kept = self._state = from_json(_plain(stored))

    def _load(self) -> None:
        """Read what the row says; another token than the one refused mends the account."""
        stored = _stored(self._number.pk)
        self.obey(stored)
        if self._kept.cause is Cause.ACCOUNT and stored.get("token") != self._token:
            self._state = BreakerState()

    def _save(self, state: BreakerState) -> None:
        """Write it, unless somebody else has the last word in the row: that is obeyed next."""
        written = {**to_json(state), "token": self._token}
        mine = SenderState.objects.filter(
            number_id=self._number.pk, holder=self._lease.holder, epoch=self._lease.epoch
        )
        if mine.filter(breaker=self._stored).update(breaker=written):
            self._stored = written

    def _announce(self, state: BreakerState, *, before: BreakerState) -> None:
        logger.warning(
            "circuit breaker changed",
            extra={"number": self._number.pk, "state": state.state.value},
        )
        if state.cause is Cause.ACCOUNT and before.cause is not Cause.ACCOUNT:
            self._tell_staff(state)

    def _tell_staff(self, state: BreakerState) -> None:
        notice = StaffNotice(
            key=f"whatsapp-account-{self._number.pk}",
            subject=f"WhatsApp refuses the number {self._number}",
            body=(
                f"{state.reason}. Nothing is lost: messages wait. Mend the account "
                "or the token, then choose 'Resume sending' on the business number."
            ),
            level="critical",
        )
        try:
            staff_notifier().notify(notice)
        except Exception:  # the host's mistake must not end the sender's work
            logger.exception("staff not told", extra={"number": self._number.pk})


def is_open(*, number_id: int) -> bool:
    """Whether the number's breaker holds its messages back, as far as its row says."""
    return from_json(_plain(_stored(number_id))).state is Circuit.OPEN


def mend(*, number_id: int) -> None:
    """Close the breaker because a person has mended the account, and send what waits."""
    SenderState.objects.filter(pk=number_id).update(breaker={})
    queue.enqueue(queue.SEND_DUE, number_id=number_id)


def stop(*, number: BusinessNumber, reason: str, until: datetime | None, now: datetime) -> None:
    """Let nothing leave any more, until that time or until a person mends the account.

    A sender at work sees it within a second.
    """
    state = BreakerState(
        state=Circuit.OPEN, cause=Cause.ACCOUNT, opened_at=now, until=until, reason=reason
    )
    SenderState.objects.bulk_create([SenderState(number=number)], ignore_conflicts=True)
    stored = {**to_json(state), "token": _fingerprint(number.token)}
    SenderState.objects.filter(pk=number.pk).update(breaker=stored)


def resume(*, number_id: int) -> None:
    """Close the breaker because Meta says that the account is well; other troubles stay."""
    broken = SenderState.objects.filter(pk=number_id, breaker__cause=Cause.ACCOUNT.value)
    if broken.update(breaker={}):
        queue.enqueue(queue.SEND_DUE, number_id=number_id)


def _stored(number_id: int) -> dict[str, Any]:
    row = SenderState.objects.filter(pk=number_id).values_list("breaker", flat=True)
    return row.first() or {}


def _plain(stored: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in stored.items() if key != "token"}


def _fingerprint(token: str) -> str:
    """Enough to see that a token changed, and no more."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]
