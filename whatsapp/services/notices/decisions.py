"""The decision on one notice: sent, or not and why, or not yet.

SENT means that the message is queued; what became of it is the message's own status. A notice that
waits is judged anew at each look, by the rules as they are then: one that was edited, switched off
or deleted meanwhile decides nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop as _

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.reason import Reason
from whatsapp.domain.retry import Priority
from whatsapp.domain.rollout import in_rollout
from whatsapp.errors import (
    InvalidPhoneError,
    MessageNotDeliverableError,
    NotFoundError,
    TemplateNotApprovedError,
    WhatsAppError,
)
from whatsapp.models import Message, NoticeRule, OrderNotice, OutboxItem
from whatsapp.models.order_notice import Decision
from whatsapp.models.outbox import OutboxKind
from whatsapp.ports import CustomerRecord, OrderRecord
from whatsapp.services import messages
from whatsapp.services.notices import grounds, plans
from whatsapp.services.notices.grounds import Facts
from whatsapp.services.notices.plans import NO_PHONE, Plan
from whatsapp.wiring import customer_notifier

CANCELLED = _("The order was cancelled.")
NO_RULE = _("No rule tells customers of this event.")
NO_RULE_HOLDS = _("No rule is for such an order: its total, courier or customer group.")
DELAYED = _("The rule tells it later.")
EXPIRED = "Expired. "
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A decision with its reason; a message only with SENT. ``due_at`` is when to look again.

    ``has_no_phone``: WhatsApp cannot even try, so the rule's other channel should.
    """

    decision: Decision
    why: Reason = field(default_factory=Reason)
    message: Message | None = None
    rule: NoticeRule | None = None
    due_at: datetime | None = None
    waits_for: tuple[int, ...] = ()
    has_no_phone: bool = False


def decide(*, notice: OrderNotice, facts: Facts, now: datetime) -> Verdict:
    """Decide on a notice; queues its message when nothing speaks against it."""
    order = facts.orders.get(notice.order_id or 0)
    if order is None:
        return _suppressed(_("The order no longer exists."))
    customer = facts.customers.get(order.customer_id)
    if customer is None:
        return _suppressed(_("The order's customer no longer exists."))
    if against := reason_against(order, customer):
        return _suppressed(against)
    rule = facts.rule_for(event=notice.event, order=order, customer=customer)
    if rule is None:
        return _suppressed(NO_RULE_HOLDS if facts.rules.get(notice.event) else NO_RULE)
    due_at = notice.created_at + rule.delay
    if now < due_at:
        why = Reason(text=DELAYED)
        return Verdict(decision=Decision.WAITING, why=why, rule=rule, due_at=due_at)
    phone = grounds.phone_for(rule, grounds.values_of(order, customer))
    if not phone and not _has_other_channel(rule):
        return _suppressed(NO_PHONE, rule=rule)
    plan = plans.make(rule=rule, order=order, customer=customer, facts=facts)
    if plan.decision is Decision.SUPPRESSED:
        return _suppressed(NO_PHONE, rule=rule, has_no_phone=True)
    if plan.decision is not Decision.SENT:
        return Verdict(decision=plan.decision, why=plan.why, rule=rule, waits_for=plan.waits_for)
    return _send(plan, rule=rule, order=order)


def reason_against(order: OrderRecord, customer: CustomerRecord) -> str:
    """Say why this customer is told nothing of the order, whatever the rules; '' if nothing is."""
    if order.is_cancelled:
        return CANCELLED
    if not in_rollout(customer_id=customer.id, percent=whatsapp_settings().rollout_percent):
        return _("The customer is not in the roll-out.")
    return ""


def record(*, notice: OrderNotice, verdict: Verdict, now: datetime) -> None:
    """Put the verdict on the notice; one that has waited its lifetime out has failed."""
    conf, rule = whatsapp_settings(), verdict.rule
    waits = verdict.decision is Decision.WAITING
    planned_at = notice.created_at + rule.delay if rule and rule.delay_minutes else None
    ends_at = (planned_at or notice.created_at) + conf.message_lifetime
    given_up = waits and now >= ends_at
    notice.decision = (Decision.FAILED if given_up else verdict.decision).value
    notice.reason = f"{EXPIRED if given_up else ''}{verdict.why.text}"[:255]
    notice.reason_values = dict(verdict.why.values)
    notice.rule, notice.planned_at, notice.message = rule, planned_at, verdict.message
    wait = min(FIRST_WAIT * 2 ** min(notice.attempts, 10), LONGEST_WAIT)
    notice.next_attempt_at = verdict.due_at or (now + wait if waits else now)
    notice.attempts += 0 if verdict.due_at else 1
    notice.decided_at = None if waits and not given_up else now
    notice.watch_until = None if notice.told_otherwise_at else _watch_until(verdict, now=now)
    notice.waits_for = list(verdict.waits_for)
    notice.save(update_fields=RECORDED)
    if verdict.has_no_phone and notice.watch_until:
        queue.enqueue(queue.FOLLOW_NOTICES)


RECORDED = (
    *("decision", "reason", "reason_values", "rule", "planned_at", "message"),
    *("next_attempt_at", "attempts", "decided_at", "watch_until", "waits_for"),
)


def _watch_until(verdict: Verdict, *, now: datetime) -> datetime | None:
    """Say how long to look whether the customer has to be told otherwise; by then it has left."""
    minutes = verdict.rule.other_channel_minutes if verdict.rule else None
    expires_at = verdict.message.expires_at if verdict.message else None
    if verdict.has_no_phone:
        expires_at = now + whatsapp_settings().message_lifetime
    if minutes is None or expires_at is None:
        return None
    return expires_at + timedelta(minutes=minutes, days=1)


def _has_other_channel(rule: NoticeRule) -> bool:
    return rule.other_channel_minutes is not None and customer_notifier() is not None


@transaction.atomic
def call_back(*, message_ids: Iterable[int]) -> None:
    """Suppress notices whose messages a sender holds, and take these out of the queue, unsent.

    A sender waits for nobody: what somebody has locked is passed by, and stays in its hands.
    """
    notices = OrderNotice.objects.filter(message_id__in=message_ids).order_by("pk")
    free = notices.select_for_update(skip_locked=True)  # first, as whoever repeats a notice does
    wanted = list(free.values_list("message_id", flat=True))
    held = Message.objects.filter(pk__in=wanted, delivery_status=MessageStatus.SENDING.value)
    locked = held.order_by("pk").select_for_update(skip_locked=True)
    gone = list(locked.values_list("pk", flat=True))
    Message.objects.filter(pk__in=gone).update(delivery_status=MessageStatus.CANCELLED.value)
    OutboxItem.objects.filter(message_id__in=gone, kind=OutboxKind.MESSAGE.value).delete()
    OrderNotice.objects.filter(message_id__in=gone).update(
        decision=Decision.SUPPRESSED.value, reason=CANCELLED, reason_values={}, watch_until=None
    )


def _send(plan: Plan, *, rule: NoticeRule, order: OrderRecord) -> Verdict:
    assert plan.template is not None
    assert plan.number is not None
    try:
        message = messages.send_template(
            template=plan.template.name,
            language=plan.template.language,
            parameters=plan.parameters,
            phone_number=plan.phone,
            number_id=plan.number.pk,
            customer_id=order.customer_id,
            order_id=order.id,
            priority=Priority.NOTICE,
        )
    except InvalidPhoneError as error:
        return _suppressed(error.message, rule=rule, has_no_phone=True)
    except MessageNotDeliverableError as error:
        return _suppressed(error.message, rule=rule)
    except (NotFoundError, TemplateNotApprovedError) as error:  # changed meanwhile
        why = Reason(text=error.message)
        return Verdict(decision=Decision.WAITING, why=why, rule=rule)
    except WhatsAppError as error:
        return Verdict(decision=Decision.FAILED, why=Reason(text=error.message), rule=rule)
    return Verdict(decision=Decision.SENT, why=plan.why, message=message, rule=rule)


def _suppressed(
    reason: str, *, rule: NoticeRule | None = None, has_no_phone: bool = False
) -> Verdict:
    return Verdict(
        decision=Decision.SUPPRESSED,
        why=Reason(text=reason),
        rule=rule,
        has_no_phone=has_no_phone,
    )
