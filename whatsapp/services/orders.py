"""Order events become notices, and notices messages: told exactly once, or a reason why not."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import Error as DatabaseFailure
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from whatsapp import queue
from whatsapp.conf import ORDER_EVENTS
from whatsapp.domain.documents import DocumentKind
from whatsapp.domain.reason import Reason
from whatsapp.errors import (
    MessageNotDeliverableError,
    NotFoundError,
    ValidationError,
)
from whatsapp.models import Message, OrderNotice
from whatsapp.models.order_notice import Decision
from whatsapp.services import documents, messages, notice_rules
from whatsapp.services.notices import decisions, grounds
from whatsapp.services.notices import waits as notice_waits
from whatsapp.services.notices.decisions import Verdict
from whatsapp.services.notices.grounds import Facts
from whatsapp.services.outgoing.outbox import Claimed
from whatsapp.wiring import order_book

logger = logging.getLogger(__name__)

OUR_ERROR = _("An error of ours: %(error)s.")


def announce(*, event: str, order_ids: Iterable[int], occurrence: str = "") -> None:
    """Put down that an event of these orders is to be told; one statement for any number.

    Runs in a savepoint of the caller's transaction and changes no other row. An event announced
    before is left as it was. An id that is no order is skipped: its foreign key would else fail
    the caller's commit.
    """
    ids = sorted(set(order_ids))
    if not ids:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_insertion(), [event, occurrence, ids])
        queue.enqueue(queue.DECIDE_ORDER_NOTICES)


def notify_order(*, order_id: int, event: str, occurrence: str = "") -> OrderNotice:
    """Announce an event of one order; the notice that exists already, if it was announced before.

    Raises ValidationError for an event we do not know, NotFoundError without such an order.
    """
    if event not in ORDER_EVENTS:
        raise ValidationError(
            f"There is no event {event!r}; use one of {', '.join(ORDER_EVENTS)}.",
            details={"field": "event"},
        )
    announce(event=event, order_ids=[order_id], occurrence=occurrence)
    notice = OrderNotice.objects.filter(order_id=order_id, event=event, occurrence=occurrence)
    found = notice.first()
    if found is None:
        raise NotFoundError("There is no such order.", details={"field": "order_id"})
    return found


def decide_due(*, now: datetime, limit: int = 200) -> int:
    """Decide the notices that are due, oldest first; give how many were. Call it until 0.

    Each is decided in its own transaction, so that a conversation is locked for one message only
    and a notice that cannot be decided holds up no other. Several workers share the work.
    """
    notice_waits.release(now=now)
    due = OrderNotice.objects.undecided().filter(next_attempt_at__lte=now)
    rows = list(due.order_by("next_attempt_at", "id").only("event", "order_id")[:limit])
    if not rows:
        return 0
    facts = grounds.read(order_ids=[row.order_id for row in rows if row.order_id])
    return sum(_decide(row, facts, now=now) for row in rows)


@transaction.atomic
def retry_notice(*, notice_id: int) -> OrderNotice:
    """Decide again on what was suppressed, failed or still waits; send again what was lost.

    A notice whose message failed gets that message repeated. Raises NotFoundError,
    MessageNotDeliverableError when the customer has been told, or is just being told.
    """
    notice = OrderNotice.objects.select_for_update().filter(pk=notice_id).first()
    if notice is None:
        raise NotFoundError("There is no such notice.", details={"field": "notice"})
    if notice.decision == Decision.SENT.value and notice.message_id is not None:
        _require_not_cancelled(notice)
        messages.retry(message_id=notice.message_id)
        return notice
    notice.decision, notice.reason, notice.reason_values = Decision.PENDING.value, "", {}
    notice.attempts, notice.decided_at, notice.next_attempt_at = 0, None, timezone.now()
    notice.watch_until, notice.waits_for = None, []
    notice.save(update_fields=decisions.RECORDED)
    queue.enqueue(queue.DECIDE_ORDER_NOTICES)
    return notice


def send_supplier_order(
    *, supplier_order_id: int, user_id: int | None = None, again: bool = False
) -> Message:
    """Send an order to its supplier with its paper, once; raises as ``services.documents.send``."""
    return documents.send(
        kind=DocumentKind.SUPPLIER_ORDER,
        document_id=supplier_order_id,
        user_id=user_id,
        again=again,
    )


def overtaken_by_cancel(*, order_ids: Iterable[int]) -> frozenset[int]:
    """Those of the orders that are cancelled now: their queued notices should not leave."""
    return frozenset(
        order.id for order in order_book().find_by_ids(order_ids) if order.is_cancelled
    )


def call_back_overtaken(*, items: Sequence[Claimed]) -> frozenset[int]:
    """Call back the notices of orders cancelled since; return the ids of their messages.

    None of these may leave; one that somebody has locked just now is still in the sender's hands.
    For rows in a sender's hands, right before they leave; the order book is asked outside any
    transaction. One that cannot answer does not keep the shop's notices from leaving.
    """
    notices = {item.message_id: item.notice_order_id for item in items if item.notice_order_id}
    if not notices:
        return frozenset()
    try:
        cancelled = overtaken_by_cancel(order_ids={pk for pk in notices.values() if pk})
    except DatabaseFailure:
        raise
    except Exception:
        logger.exception("order book failed", extra={"orders": sorted(notices.values())})
        return frozenset()
    overtaken = frozenset(pk for pk, order_id in notices.items() if order_id in cancelled)
    decisions.call_back(message_ids=overtaken)
    return overtaken


def _require_not_cancelled(notice: OrderNotice) -> None:
    if overtaken_by_cancel(order_ids=[notice.order_id or 0]):
        raise MessageNotDeliverableError(
            "The order was cancelled.", details={"reason": "order_cancelled"}
        )


def _decide(row: OrderNotice, facts: Facts, *, now: datetime) -> bool:
    """Tell whether the notice was ours to decide; another worker may have it.

    One whose rule was deleted since the rules were read is for the next batch, which reads them.
    """
    try:
        rule = facts.rule_of(event=row.event, order_id=row.order_id)
        with transaction.atomic():
            if rule is not None and not notice_rules.hold(rule_id=rule.pk):
                return True
            notice = _claim(row.pk, now=now)
            if notice is not None:
                verdict = decisions.decide(notice=notice, facts=facts, now=now)
                decisions.record(notice=notice, verdict=verdict, now=now)
            return notice is not None
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the notice's
    except Exception as error:
        logger.exception("order notice not decided", extra={"notice": row.pk})
        _put_off(row.pk, reason=type(error).__name__, now=now)
        return True


def _claim(notice_id: int, *, now: datetime) -> OrderNotice | None:
    due = OrderNotice.objects.undecided().filter(pk=notice_id, next_attempt_at__lte=now)
    return due.select_for_update(skip_locked=True).first()


@transaction.atomic
def _put_off(notice_id: int, *, reason: str, now: datetime) -> None:
    """Else it would be the first in the queue for ever."""
    notice = _claim(notice_id, now=now)
    if notice is not None:
        why = Reason(text=OUR_ERROR, values={"error": reason})
        verdict = Verdict(decision=Decision.WAITING, why=why)
        decisions.record(notice=notice, verdict=verdict, now=now)


def _insertion() -> str:
    """Write the INSERT by hand: Django's bulk_create cuts an import into many statements."""
    order = OrderNotice._meta.get_field("order").target_field
    key, table = order.column, order.model._meta.db_table
    return (
        f"INSERT INTO {OrderNotice._meta.db_table} (order_id, event, occurrence)"
        f' SELECT "{key}", %s, %s FROM "{table}" WHERE "{key}" = ANY(%s) ORDER BY 1'
        " ON CONFLICT DO NOTHING"
    )
