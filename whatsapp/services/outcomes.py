"""What became of attempts, written down in batches: accepted, try again, unknown, failed."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import F

from whatsapp import signals
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.content import is_fetched
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.retry import Action, Decision, Failure, FailureClass, decide
from whatsapp.models import Message, MessageAttempt, OutboxItem
from whatsapp.models.outbox import OutboxKind, OutboxState
from whatsapp.ports import Accepted
from whatsapp.services import consequences, database_errors, people
from whatsapp.services.announce import emit
from whatsapp.services.outbox import Claimed
from whatsapp.services.sender_lease import brief

logger = logging.getLogger(__name__)

LOCK_TIMEOUT = "500ms"  # for a row of the queue; the lease cannot wait longer

# What a late answer may still decide: the successor of a dead sender doubted, and perhaps held
_OPEN = tuple(s.value for s in (OutboxState.CLAIMED, OutboxState.UNCONFIRMED, OutboxState.HELD))
_UNSETTLED = (MessageStatus.SENDING.value, MessageStatus.UNCONFIRMED.value)
_UNWRITABLE = Failure(
    failure_class=FailureClass.AMBIGUOUS, code=None, title="The answer could not be written down"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How one attempt ended: ``accepted`` or ``failure``; a receipt that went well has neither."""

    item: Claimed
    departed_at: datetime | None
    accepted: Accepted | None = None
    failure: Failure | None = None


def refused(item: Claimed, *, reason: str) -> Outcome:
    """The outcome of a row that our own rules keep back for good."""
    failure = Failure(failure_class=FailureClass.FATAL_MESSAGE, code=None, title=reason)
    return Outcome(item=item, departed_at=None, failure=failure)


def record(*, outcomes: Sequence[Outcome], now: datetime) -> list[Outcome]:
    """Write a batch of outcomes in one transaction; return those that must wait for a lock.

    'Accepted' is true whatever the epoch and is never fenced. A verdict on a failure changes only
    rows that nobody has claimed or decided on since. Nobody is waited for: what somebody has locked
    comes back, to be tried again with the next batch. An answer that the database refuses is found
    by halving; it leaves its message in doubt, and keeps no other back. Raises OperationalError and
    InterfaceError when the database is gone, and all may be tried again.
    """
    try:
        return _record(outcomes, now=now)
    except Exception as error:
        if database_errors.is_gone(error):
            raise
        if database_errors.is_locked(error):
            return list(outcomes)
        half = len(outcomes) // 2
        if not half:
            logger.exception(
                "answer not written", extra={"message_id": outcomes[0].item.message_id}
            )
            return _doubt_unwritable(outcomes[0], now=now)
        first = record(outcomes=outcomes[:half], now=now)
        return [*first, *record(outcomes=outcomes[half:], now=now)]


def _doubt_unwritable(outcome: Outcome, *, now: datetime) -> list[Outcome]:
    """Leave a message in doubt whose answer is refused; not even that written, it comes back."""
    departed_at = outcome.departed_at or now
    doubt = replace(outcome, accepted=None, failure=_UNWRITABLE, departed_at=departed_at)
    try:
        left = _record([doubt], now=now)
    except DatabaseError as error:
        if database_errors.is_gone(error):
            raise
        return [outcome]  # the disk is full, say: nothing can be written at all
    return [outcome] if left else []


def _record(outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
    with brief() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        _note_addresses(outcomes)  # contacts come before messages in the order of locks
        busy = consequences.of_answers(outcomes, now=now)
        ids = [outcome.item.message_id for outcome in outcomes]
        free, locked = _lock([pk for pk in ids if pk not in busy])
        mine = [outcome for outcome in outcomes if outcome.item.message_id in free]
        _accept([outcome for outcome in mine if outcome.failure is None])
        for outcome in mine:
            if outcome.failure is not None:
                _judge(outcome, outcome.failure, now=now)
    return [outcome for outcome in outcomes if outcome.item.message_id in locked | busy]


def _lock(message_ids: list[int]) -> tuple[set[int], set[int]]:
    """Lock what can be locked; return that, and what somebody else holds. Deleted ones are gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM whatsapp_messages WHERE id = ANY(%s)", [message_ids])
        known = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT id FROM whatsapp_messages WHERE id = ANY(%s) ORDER BY id "
            "FOR NO KEY UPDATE SKIP LOCKED",
            [message_ids],
        )
        free = {row[0] for row in cursor.fetchall()}
    return free, known - free


_ADOPT = """
    UPDATE whatsapp_messages m SET
        external_message_id = news.wamid,
        delivery_status = CASE WHEN old.moves THEN 'SENT' ELSE m.delivery_status END,
        error_code = CASE WHEN old.moves THEN NULL ELSE m.error_code END,
        error_text = CASE WHEN old.moves THEN '' ELSE m.error_text END,
        failed_at = CASE WHEN old.moves THEN NULL ELSE m.failed_at END,
        sent_at = coalesce(m.sent_at, news.departed_at),
        happened_at = news.departed_at
    FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::timestamptz[])
            AS news(id, attempt, wamid, departed_at)
        JOIN (
            SELECT id, external_message_id AS wamid,
                delivery_status IN ('PENDING', 'CANCELLED', 'SENDING', 'UNCONFIRMED')
                OR delivery_status = 'FAILED' AND external_message_id IS NULL AS moves
            FROM whatsapp_messages
        ) AS old ON old.id = news.id
    WHERE m.id = news.id AND m.attempts = news.attempt
      AND coalesce(m.external_message_id, news.wamid) = news.wamid
    RETURNING m.id, old.wamid IS NULL, m.delivery_status = 'FAILED'
"""


def _accept(outcomes: list[Outcome]) -> None:
    """Adopt the wamids set-wise; a second one for a message is noted beside it, never lost.

    A status may have come before: what it said of the message stands.
    """
    done = [o.item.outbox_id for o in outcomes if o.item.kind is not OutboxKind.MESSAGE]
    if done:
        OutboxItem.objects.filter(pk__in=done).delete()
    sent = [(o, o.accepted) for o in outcomes if o.accepted is not None]
    if not sent:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _ADOPT,
            [
                [outcome.item.message_id for outcome, _ in sent],
                [outcome.item.attempt for outcome, _ in sent],
                [accepted.wamid for _, accepted in sent],
                [outcome.departed_at for outcome, _ in sent],
            ],
        )
        adopted = cursor.fetchall()
        cursor.execute(
            "DELETE FROM whatsapp_outbox WHERE message_id = ANY(%s) AND kind = 'MESSAGE'",
            [[pk for pk, _, failed in adopted if not failed]],
        )
    known = {pk for pk, _, _ in adopted}
    for outcome, _ in sent:
        if outcome.item.message_id not in known:
            text = "Taken by Meta beside another attempt of the same message."
            _note_attempt(outcome, outcome_name="SURPRISE", text=text)
    emit(signals.message_sent, message_ids=sorted(pk for pk, first, _ in adopted if first))


def _note_addresses(outcomes: Sequence[Outcome]) -> None:
    """Keep the wa_id Meta answers with; it may differ from the number dialled (Brazil, Mexico)."""
    people.note_wa_ids(
        {
            o.item.contact_id: o.accepted.wa_id
            for o in outcomes
            if o.item.contact_id and o.accepted and o.accepted.wa_id
        }
    )


def _judge(outcome: Outcome, failure: Failure, *, now: datetime) -> None:
    conf = whatsapp_settings()
    item = outcome.item
    verdict = decide(
        failure,
        retries=item.retries,
        refusals=item.waits,
        now=now,
        expires_at=item.expires_at or now + conf.message_lifetime,
        max_retries=conf.max_retries,
        jitter=random.random(),
        by_link=is_fetched(item.content or {}),
    )
    if item.kind is not OutboxKind.MESSAGE:
        _judge_receipt(item, verdict)
        return
    _note_attempt(
        outcome, outcome_name=verdict.action.value, text=failure.reason, code=failure.code
    )
    match verdict.action:
        case Action.RETRY | Action.WAIT | Action.HOLD:
            _queue_again(item, verdict, now=now)
        case Action.UNCONFIRMED:
            _doubt(outcome, verdict)
        case Action.FAIL:
            _fail(item, verdict, failure=failure, now=now)


def _judge_receipt(item: Claimed, verdict: Decision) -> None:
    """A read receipt is a courtesy: twice does no harm, and after the last try it is dropped."""
    row = OutboxItem.objects.filter(pk=item.outbox_id, epoch=item.epoch)
    if verdict.next_attempt_at is None:
        row.delete()
        return
    row.update(
        state=OutboxState.PENDING.value,
        next_attempt_at=verdict.next_attempt_at,
        retries=item.retries + 1,
    )


def _is_open(item: Claimed) -> bool:
    """Whether this attempt is the row's last, and nobody has decided on it otherwise."""
    return OutboxItem.objects.filter(
        pk=item.outbox_id, epoch=item.epoch, state__in=_OPEN, message__attempts=item.attempt
    ).exists()


def _queue_again(item: Claimed, verdict: Decision, *, now: datetime) -> None:
    """Back to the queue; in account trouble (HOLD) the breaker keeps the row waiting."""
    if not _is_open(item):
        return
    OutboxItem.objects.filter(pk=item.outbox_id).update(
        state=OutboxState.PENDING.value,
        next_attempt_at=verdict.next_attempt_at or now,
        retries=F("retries") + int(verdict.burns_retry),
        waits=F("waits") + 1 if verdict.action is Action.WAIT else 0,
        reason=verdict.reason[:255],
        departed_at=None,
    )
    Message.objects.filter(pk=item.message_id, delivery_status__in=_UNSETTLED).update(
        delivery_status=MessageStatus.PENDING.value
    )


def _doubt(outcome: Outcome, verdict: Decision) -> None:
    item = outcome.item
    if not _is_open(item):
        return
    OutboxItem.objects.filter(pk=item.outbox_id, state=OutboxState.CLAIMED.value).update(
        state=OutboxState.UNCONFIRMED.value,
        departed_at=outcome.departed_at,
        reason=verdict.reason[:255],
    )
    Message.objects.filter(pk=item.message_id, delivery_status=MessageStatus.SENDING.value).update(
        delivery_status=MessageStatus.UNCONFIRMED.value, happened_at=outcome.departed_at
    )


def _fail(item: Claimed, verdict: Decision, *, failure: Failure, now: datetime) -> None:
    if not _is_open(item):
        return
    OutboxItem.objects.filter(pk=item.outbox_id).update(
        state=OutboxState.FAILED.value, reason=verdict.reason[:255]
    )
    failed = Message.objects.filter(pk=item.message_id, delivery_status__in=_UNSETTLED).update(
        delivery_status=MessageStatus.FAILED.value,
        failed_at=now,
        error_code=failure.code,
        error_text=verdict.reason[:500],
    )
    if failed:
        emit(signals.message_failed, message_ids=[item.message_id])


def _note_attempt(
    outcome: Outcome, *, outcome_name: str, text: str = "", code: int | None = None
) -> None:
    """Keep the attempt that did not end in plain acceptance; a repeated note changes nothing."""
    MessageAttempt.objects.get_or_create(
        message_id=outcome.item.message_id,
        attempt=outcome.item.attempt,
        defaults={
            "departed_at": outcome.departed_at,
            "wamid": outcome.accepted.wamid if outcome.accepted else None,
            "outcome": outcome_name,
            "error_code": code,
            "error_text": text[:500],
        },
    )
