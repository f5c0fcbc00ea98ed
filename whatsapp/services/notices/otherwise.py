"""Customers whom WhatsApp does not reach are told by the ERP's own channel, exactly once.

Whoever has no phone, or one that cannot be read, is one of them: there is no message then, and what
is told is what it would have said.

The mark on the notice and the ERP's row are one transaction. WhatsApp may still deliver later; the
notice then shows both.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.errors import MessageNotDeliverableError
from whatsapp.models import OrderNotice
from whatsapp.models.order_notice import Decision, OrderNoticeQuerySet
from whatsapp.ports import CustomerNotice, CustomerRecord, OrderRecord, StaffNotice
from whatsapp.services.notices import grounds, plans
from whatsapp.services.notices.grounds import Facts
from whatsapp.services.receiving.receipt_contacts import UNDELIVERABLE
from whatsapp.services.shared import staff
from whatsapp.wiring import customer_notifier, order_book

logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
NOWHERE = "-"  # ``told_otherwise_by`` of a customer whom the ERP cannot reach either
_SETTLED = tuple(
    s.value for s in (MessageStatus.DELIVERED, MessageStatus.READ, MessageStatus.CANCELLED)
)
_WITHOUT_MESSAGE = Q(message=None, decision=Decision.SUPPRESSED.value)
_LEFT = (MessageStatus.SENT.value, MessageStatus.UNCONFIRMED.value)


def is_any_watched(*, now: datetime) -> bool:
    """Tell whether there is anything to look at."""
    return OrderNotice.objects.watched().filter(next_attempt_at__lte=now).exists()


def watch(*, now: datetime, limit: int = 200) -> int:
    """Tell otherwise whom WhatsApp has not reached in time; return how many. Call it until 0.

    An edited rule counts as it is now; with a rule that is gone the watch ends.
    """
    _end_watches(now=now)
    notices = list(_due(now=now).order_by("id").select_related("rule__number")[:limit])
    if not notices:
        return 0
    facts = grounds.gather(
        orders=order_book().find_by_ids({each.order_id for each in notices if each.order_id}),
        rules=list({each.rule_id: each.rule for each in notices if each.rule}.values()),
    )
    for notice in notices:
        _look(notice.pk, facts=facts, now=now)
    return len(notices)


def _end_watches(*, now: datetime) -> None:
    """Forget what is settled, or has lost its rule; what somebody holds is for the next look."""
    settled = Q(message__delivery_status__in=_SETTLED) | (Q(message=None) & ~_WITHOUT_MESSAGE)
    over = Q(watch_until__lte=now) | Q(rule=None) | Q(rule__other_channel_minutes=None)
    watched = OrderNotice.objects.watched()
    with transaction.atomic():
        free = watched.filter(settled | over).select_for_update(of=("self",), skip_locked=True)
        ended = list(free.order_by("pk").values_list("pk", flat=True))
        watched.filter(pk__in=ended).update(watch_until=None)


def _due(*, now: datetime) -> OrderNoticeQuerySet:
    """Notices that left and were not delivered in time, or whose number is not on WhatsApp.

    Or that could not leave, for want of a number.
    """
    patience = ExpressionWrapper(
        F("rule__other_channel_minutes") * Value(timedelta(minutes=1)),
        output_field=DurationField(),
    )
    left_at = Coalesce("message__failed_at", "message__sent_at", "message__happened_at")
    latest = ExpressionWrapper(Value(now) - F("patience"), output_field=DateTimeField())
    failed = Q(message__delivery_status=MessageStatus.FAILED.value)
    nobody = failed & Q(message__error_code=UNDELIVERABLE)
    too_late = (failed | Q(message__delivery_status__in=_LEFT)) & Q(left_at__lte=F("latest"))
    rows = OrderNotice.objects.watched().filter(next_attempt_at__lte=now)
    rows = rows.filter(rule__other_channel_minutes__isnull=False)
    rows = rows.alias(patience=patience, left_at=left_at).alias(latest=latest)
    return rows.filter(nobody | too_late | _WITHOUT_MESSAGE)


def _look(notice_id: int, *, facts: Facts, now: datetime) -> None:
    try:
        with transaction.atomic():
            notice = _claim(notice_id, now=now)
            if notice is not None:
                _tell(notice, facts=facts, now=now)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the notifier's
    except Exception as error:  # the host's code
        logger.exception("customer not told otherwise", extra={"notice": notice_id})
        _note_trouble(notice_id, error=error, now=now)


def _claim(notice_id: int, *, now: datetime) -> OrderNotice | None:
    """Take the notice, if it is due still and nobody else has it."""
    due = _due(now=now).filter(pk=notice_id)
    due = due.select_related("message__template", "rule__number")
    return due.select_for_update(of=("self",), skip_locked=True).first()


def _tell(notice: OrderNotice, *, facts: Facts, now: datetime) -> None:
    """Hand the notice to the ERP and mark it; nobody is told of an order that is cancelled."""
    channel = _notify(notice, facts=facts)
    notice.told_otherwise_by = (channel or NOWHERE)[:32] if channel is not None else ""
    notice.told_otherwise_at = now if channel else None
    notice.otherwise_error, notice.watch_until = "", None
    notice.save(
        update_fields=[
            "told_otherwise_by",
            "told_otherwise_at",
            "otherwise_error",
            "watch_until",
        ]
    )


def _notify(notice: OrderNotice, *, facts: Facts) -> str | None:
    """Give the channel, '' where the customer has none, None where there is nothing to tell."""
    order = facts.orders.get(notice.order_id or 0)
    customer = facts.customers.get(order.customer_id) if order else None
    notifier = customer_notifier()
    if order is None or customer is None or notifier is None or order.is_cancelled:
        return None
    text, language = _words(notice, order, customer, facts)
    return notifier.notify(
        CustomerNotice(
            key=f"whatsapp-notice-{notice.pk}",
            event=notice.event,
            order=order,
            customer=customer,
            text=text,
            language=language,
        )
    )


def _words(
    notice: OrderNotice, order: OrderRecord, customer: CustomerRecord, facts: Facts
) -> tuple[str, str]:
    """What the message said, or would have said, and in which language."""
    message = notice.message
    if message is not None:
        return message.message_text, message.template.language if message.template else ""
    assert notice.rule is not None  # else the watch is over
    plan = plans.make(rule=notice.rule, order=order, customer=customer, facts=facts)
    if plan.template is None:
        raise MessageNotDeliverableError(str(plan.why))
    return plan.template.render(plan.parameters).text, plan.template.language


@transaction.atomic
def _note_trouble(notice_id: int, *, error: Exception, now: datetime) -> None:
    """Show what failed; it is tried again, ever more slowly, as long as the notice is watched."""
    notice = _claim(notice_id, now=now)
    if notice is None:
        return
    words = f"{type(error).__name__}: {error}"[:255]
    notice.otherwise_error = words
    notice.attempts += 1
    notice.next_attempt_at = now + min(FIRST_WAIT * 2 ** min(notice.attempts, 6), LONGEST_WAIT)
    notice.save(update_fields=["otherwise_error", "attempts", "next_attempt_at"])
    staff.tell(
        StaffNotice(
            key="whatsapp-customer-notifier",
            level="critical",
            subject=_("Customers whom WhatsApp does not reach are not told otherwise"),
            body=_("The ERP's own channel refuses their notices: %(error)s") % {"error": words},
        )
    )
