"""How attempts end, and what a failed one leads to: the queue, doubt, a failure."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from whatsapp import signals
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.content import is_fetched
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.retry import Action, Decision, Failure, decide
from whatsapp.models import Message, MessageAttempt, OutboxItem
from whatsapp.models.outbox import OutboxKind, OutboxState
from whatsapp.ports import Accepted
from whatsapp.services.outgoing.outbox import Claimed
from whatsapp.services.shared.announce import emit

# What a late answer may still decide: the successor of a dead sender doubted, and perhaps held
_OPEN = tuple(s.value for s in (OutboxState.CLAIMED, OutboxState.UNCONFIRMED, OutboxState.HELD))
_UNSETTLED = (MessageStatus.SENDING.value, MessageStatus.UNCONFIRMED.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How one attempt ended: ``accepted`` or ``failure``; a receipt that went well has neither."""

    item: Claimed
    departed_at: datetime | None
    accepted: Accepted | None = None
    failure: Failure | None = None


def judge(*, outcome: Outcome, failure: Failure, now: datetime) -> None:
    """Write what a failure leads to; the message of the attempt is locked."""
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
    note_attempt(
        outcome=outcome, outcome_name=verdict.action.value, text=failure.reason, code=failure.code
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


def note_attempt(
    *, outcome: Outcome, outcome_name: str, text: str = "", code: int | None = None
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
