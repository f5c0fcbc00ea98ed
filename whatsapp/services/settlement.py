"""The rounds: what was left behind is found, what is too old is closed, doubt is settled."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max, Min, Q

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.retry import Action, Priority, settle, unconfirmed_policy
from whatsapp.models import Media, Message, OrderNotice, OutboxItem, SenderState, WebhookEvent
from whatsapp.models.media import MediaState
from whatsapp.models.outbox import WAITING, OutboxKind, OutboxState
from whatsapp.models.webhook_event import EventStatus
from whatsapp.ports import StaffNotice
from whatsapp.services import outcomes
from whatsapp.wiring import staff_notifier

logger = logging.getLogger(__name__)

SOON = timedelta(seconds=60)  # a sender waits for rows due within a minute
BATCH = 1000


def sweep(*, now: datetime) -> None:
    """Run every minute: close what expired, settle what is unconfirmed, wake whoever has work."""
    expire(now=now)
    settle_unconfirmed(now=now)
    for number_id in _numbers_with_work(now=now):
        queue.enqueue(queue.SEND_DUE, number_id=number_id)
    if WebhookEvent.objects.pending().filter(next_attempt_at__lte=now).exists():
        queue.enqueue(queue.PROCESS_WEBHOOK_EVENTS)
    if OrderNotice.objects.undecided().filter(next_attempt_at__lte=now).exists():
        queue.enqueue(queue.DECIDE_ORDER_NOTICES)
    files = Media.objects.filter(state=MediaState.PENDING, next_attempt_at__lte=now)
    if files.exclude(media_id="").exists():
        queue.enqueue(queue.FETCH_MEDIA)
    if files.filter(media_id="").exists():
        queue.enqueue(queue.UPLOAD_MEDIA)


def expire(*, now: datetime) -> int:
    """Fail what waited past its time; what is unconfirmed never expires, it is held."""
    old = OutboxItem.objects.filter(
        state__in=WAITING, kind=OutboxKind.MESSAGE.value, message__expires_at__lte=now
    )
    ids = list(old.values_list("message_id", flat=True)[:BATCH])
    return len(outcomes.fail_unsent(message_ids=ids, reason="expired", now=now))


def settle_unconfirmed(*, now: datetime) -> int:
    """Decide on messages whose answer was never seen and that no status has settled since.

    The waiting time counts only while webhooks flow, see ``domain.retry.settle``.
    """
    doubtful = OutboxItem.objects.filter(state=OutboxState.UNCONFIRMED.value).select_related(
        "number"
    )
    settled = 0
    for item in doubtful.order_by("id")[:BATCH]:
        action = _verdict(item, now=now)
        if action is Action.RETRY:
            settled += _send_again(item, now=now)
        elif action is Action.HOLD:
            settled += _hold(item)
    return settled


def _verdict(item: OutboxItem, *, now: datetime) -> Action | None:
    departed_at = item.departed_at or item.created_at
    events = WebhookEvent.objects.filter(phone_number_id=item.number.phone_number_id).aggregate(
        newest=Max("received_at", filter=Q(status=EventStatus.PROCESSED.value)),
        oldest=Min("received_at", filter=Q(status=EventStatus.PENDING.value)),
    )
    return settle(
        policy=unconfirmed_policy(Priority(item.priority)),
        departed_at=departed_at,
        silence=_silence(item.number.phone_number_id, since=departed_at),
        now=now,
        wait=whatsapp_settings().unconfirmed_wait,
        newest_processed_event_at=events["newest"],
        oldest_pending_event_at=events["oldest"],
    )


def _silence(phone_number_id: str, *, since: datetime) -> timedelta:
    """The longest time without a webhook for the number since then.

    After an outage of the door Meta repeats what it could not deliver, in any order: the first
    event that comes does not prove that ours is not among those still to come.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(max(received_at - before), interval '0') FROM (
                SELECT received_at, lag(received_at, 1, %s) OVER (ORDER BY received_at) AS before
                FROM whatsapp_webhook_events
                WHERE phone_number_id = %s AND status = 'processed' AND received_at > %s
            ) AS gaps
            """,
            [since, phone_number_id, since],
        )
        longest: timedelta = cursor.fetchone()[0]
    return longest


@transaction.atomic
def _send_again(item: OutboxItem, *, now: datetime) -> int:
    """One more attempt, unless a status came in between or its time is over."""
    message = Message.objects.select_for_update().get(pk=item.message_id)
    row = OutboxItem.objects.select_for_update().filter(
        pk=item.pk, state=OutboxState.UNCONFIRMED.value
    )
    if message.delivery_status != MessageStatus.UNCONFIRMED.value or not row.exists():
        return 0
    if message.expires_at is not None and message.expires_at <= now:
        return _hold(item)
    Message.objects.filter(pk=message.pk).update(delivery_status=MessageStatus.PENDING.value)
    row.update(state=OutboxState.PENDING.value, next_attempt_at=now, departed_at=None)
    queue.enqueue(queue.SEND_DUE, number_id=item.number_id)
    logger.warning("no status came, sending again", extra={"message_id": message.pk})
    return 1


def _hold(item: OutboxItem) -> int:
    held = OutboxItem.objects.filter(pk=item.pk, state=OutboxState.UNCONFIRMED.value).update(
        state=OutboxState.HELD.value,
        reason="Meta's answer was never seen; look at the customer's thread, then decide.",
    )
    if held:
        notice = StaffNotice(
            key=f"whatsapp-held-{item.message_id}",
            subject="A WhatsApp message may or may not have arrived",
            body=(
                f"Message {item.message_id} left, but Meta's answer and its status never came. "
                "Send it again or dismiss it in the admin, under Outbox."
            ),
        )
        transaction.on_commit(lambda: staff_notifier().notify(notice), robust=True)
    return held


def _numbers_with_work(*, now: datetime) -> list[int]:
    """Numbers with rows due soon, or with rows in the hands of a sender whose lease is over."""
    due = OutboxItem.objects.filter(
        state=OutboxState.PENDING.value, next_attempt_at__lte=now + SOON
    )
    orphaned = OutboxItem.objects.filter(state=OutboxState.CLAIMED.value).exclude(
        number__in=SenderState.objects.filter(lease_until__gte=now).values("number_id")
    )
    numbers = {*due.values_list("number_id", flat=True).distinct()}
    numbers.update(orphaned.values_list("number_id", flat=True).distinct())
    return sorted(numbers)
