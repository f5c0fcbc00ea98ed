"""The rounds: what was left behind is found, what is too old is closed, doubt is settled."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.retry import Action, Priority, settle, unconfirmed_policy
from whatsapp.models import Media, Message, OrderNotice, OutboxItem, SenderState, WebhookEvent
from whatsapp.models.media import MediaState
from whatsapp.models.outbox import WAITING, OutboxKind, OutboxState
from whatsapp.ports import StaffNotice
from whatsapp.services.notices import otherwise as notice_otherwise
from whatsapp.services.notices import rescue as notice_rescue
from whatsapp.services.notices import waits as notice_waits
from whatsapp.services.outgoing import unsent, uploads
from whatsapp.wiring import staff_notifier

logger = logging.getLogger(__name__)

SOON = timedelta(seconds=60)  # a sender waits for rows due within a minute
BATCH = 1000

_ENDS = """
    SELECT (
        SELECT max(received_at) FROM whatsapp_webhook_events
        WHERE phone_number_id = %(number)s AND status = 'processed'
    ), (
        SELECT min(received_at) FROM whatsapp_webhook_events
        WHERE phone_number_id = %(number)s AND status = 'pending'
    )
"""
_GAPS = """
    SELECT before, received_at FROM (
        SELECT before, received_at, max(received_at - before) OVER (
            ORDER BY received_at DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS longest_after
        FROM (
            SELECT received_at,
                lead(received_at, 1, %(since)s) OVER (ORDER BY received_at DESC) AS before
            FROM whatsapp_webhook_events
            WHERE phone_number_id = %(number)s
                AND status = 'processed' AND received_at > %(since)s
        ) AS gaps
    ) AS ranked
    WHERE longest_after IS NULL OR received_at - before > longest_after
"""


def sweep(*, now: datetime) -> None:
    """Run every minute: close what expired, settle what is unconfirmed, wake whoever has work."""
    expire(now=now)
    settle_unconfirmed(now=now)
    for number_id in _numbers_with_work(now=now):
        queue.enqueue(queue.SEND_DUE, number_id=number_id)
    if WebhookEvent.objects.pending().filter(next_attempt_at__lte=now).exists():
        queue.enqueue(queue.PROCESS_WEBHOOK_EVENTS)
    due = OrderNotice.objects.undecided().filter(next_attempt_at__lte=now)
    if due.exists() or notice_waits.is_any_over(now=now):
        queue.enqueue(queue.DECIDE_ORDER_NOTICES)
    if notice_rescue.stranded(now=now).exists() or notice_otherwise.is_any_watched(now=now):
        queue.enqueue(queue.FOLLOW_NOTICES)
    files = Media.objects.filter(state=MediaState.PENDING, next_attempt_at__lte=now)
    if files.exclude(media_id="").exists():
        queue.enqueue(queue.FETCH_MEDIA)
    if uploads.is_any_due(now=now):
        queue.enqueue(queue.UPLOAD_MEDIA)


def expire(*, now: datetime) -> int:
    """Fail what waited past its time; what is unconfirmed never expires, it is held."""
    old = OutboxItem.objects.filter(
        state__in=WAITING, kind=OutboxKind.MESSAGE.value, message__expires_at__lte=now
    )
    ids = list(old.values_list("message_id", flat=True)[:BATCH])
    return len(unsent.fail_unsent(message_ids=ids, reason="expired", now=now))


def settle_unconfirmed(*, now: datetime) -> int:
    """Decide on messages whose answer was never seen and that no status has settled since.

    The waiting time counts only while webhooks flow, see ``domain.retry.settle``.
    """
    doubtful = OutboxItem.objects.filter(state=OutboxState.UNCONFIRMED.value)
    items = list(doubtful.select_related("number").order_by("id")[:BATCH])
    since: dict[str, datetime] = {}
    for item in items:
        number = item.number.phone_number_id
        since[number] = min(since.get(number, now), _departed_at(item))
    flow = {number: _flow(number, since=earliest) for number, earliest in since.items()}
    settled = 0
    for item in items:
        action = _verdict(item, flow=flow[item.number.phone_number_id], now=now)
        if action is Action.RETRY:
            settled += _send_again(item, now=now)
        elif action is Action.HOLD:
            settled += _hold(item)
    return settled


@dataclass(frozen=True, kw_only=True, slots=True)
class _Flow:
    """How a number's webhooks came since its first message in doubt left.

    ``gaps``: from one webhook to the next, each with a longer one than all that came after it.
    """

    newest_processed: datetime | None
    oldest_pending: datetime | None
    gaps: Sequence[tuple[datetime, datetime]]

    def silence(self, *, since: datetime) -> timedelta:
        """Return the longest time without a webhook since then.

        After an outage of the door Meta repeats what it could not deliver, in any order: the first
        event that comes does not prove that ours is not among those still to come.
        """
        lengths = (end - max(start, since) for start, end in self.gaps if end > since)
        return max(lengths, default=timedelta(0))


def _departed_at(item: OutboxItem) -> datetime:
    return item.departed_at or item.created_at


def _verdict(item: OutboxItem, *, flow: _Flow, now: datetime) -> Action | None:
    departed_at = _departed_at(item)
    return settle(
        policy=unconfirmed_policy(Priority(item.priority)),
        departed_at=departed_at,
        silence=flow.silence(since=departed_at),
        now=now,
        wait=whatsapp_settings().unconfirmed_wait,
        newest_processed_event_at=flow.newest_processed,
        oldest_pending_event_at=flow.oldest_pending,
    )


def _flow(phone_number_id: str, *, since: datetime) -> _Flow:
    """Look at the number's events once, however many of its messages are in doubt.

    The ends first: an event that comes in between then has its gap, and proves nothing yet.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ENDS, {"number": phone_number_id})
        newest_processed, oldest_pending = cursor.fetchone()
        cursor.execute(_GAPS, {"number": phone_number_id, "since": since})
        gaps = cursor.fetchall()
    return _Flow(newest_processed=newest_processed, oldest_pending=oldest_pending, gaps=gaps)


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
