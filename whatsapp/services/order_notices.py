"""The decision on one notice: sent, or not and why, or not yet.

SENT means that the message is queued; what became of it is the message's own status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop as _

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.retry import Priority
from whatsapp.domain.rollout import in_rollout
from whatsapp.domain.standard_templates import order_parameters
from whatsapp.errors import (
    InvalidPhoneError,
    MessageNotDeliverableError,
    NotFoundError,
    TemplateNotApprovedError,
    WhatsAppError,
)
from whatsapp.models import Message, OrderNotice, OutboxItem, Template
from whatsapp.models.order_notice import Decision
from whatsapp.models.outbox import OutboxKind
from whatsapp.ports import CustomerRecord, OrderRecord
from whatsapp.services import accounts, messages
from whatsapp.services.order_templates import Shelf, needed
from whatsapp.wiring import customer_directory, order_book

CANCELLED = _("The order was cancelled.")
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the decisions of a batch rest on, read in bulk."""

    orders: Mapping[int, OrderRecord]
    customers: Mapping[int, CustomerRecord]
    shelf: Shelf
    has_number: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A decision with its reason in words; a message only with SENT."""

    decision: Decision
    reason: str = ""
    message: Message | None = None


def read_facts(order_ids: Iterable[int]) -> Facts:
    """Ask the ERP once for all orders and once for all their customers."""
    orders = {order.id: order for order in order_book().find_by_ids(set(order_ids))}
    customer_ids = {order.customer_id for order in orders.values()}
    number = accounts.default_number()
    return Facts(
        orders=orders,
        customers={c.id: c for c in customer_directory().find_by_ids(customer_ids)},
        shelf=Shelf.read(
            waba_id=number.account_id if number else "",
            names=whatsapp_settings().order_templates.values(),
        ),
        has_number=number is not None,
    )


def decide(*, notice: OrderNotice, facts: Facts) -> Verdict:
    """Decide on a notice; queues its message when nothing speaks against it."""
    order = facts.orders.get(notice.order_id or 0)
    if order is None:
        return _suppressed(_("The order no longer exists."))
    customer = facts.customers.get(order.customer_id)
    if customer is None:
        return _suppressed(_("The order's customer no longer exists."))
    name = whatsapp_settings().order_templates.get(notice.event, "")
    if against := _reason_against(order, customer, template_name=name):
        return _suppressed(against)
    if not facts.has_number:
        return Verdict(decision=Decision.WAITING, reason=_("No business number is set up."))
    choice = facts.shelf.choose(name=name, language=customer.language)
    if choice.template is None:
        decision = Decision.WAITING if choice.may_come else Decision.FAILED
        return Verdict(decision=decision, reason=choice.reason)
    return _send(choice.template, event=notice.event, order=order, customer=customer)


def _reason_against(order: OrderRecord, customer: CustomerRecord, *, template_name: str) -> str:
    if order.is_cancelled:
        return CANCELLED
    if not customer.phone.strip():
        return _("The customer has no phone number.")
    if not in_rollout(customer_id=customer.id, percent=whatsapp_settings().rollout_percent):
        return _("The customer is not in the roll-out.")
    return "" if template_name else _("No template is set for this event.")


def record(*, notice: OrderNotice, verdict: Verdict, now: datetime) -> None:
    """Put the verdict on the notice; one that has waited its lifetime out has failed."""
    waits = verdict.decision is Decision.WAITING
    given_up = waits and now >= notice.created_at + whatsapp_settings().message_lifetime
    notice.decision = (Decision.FAILED if given_up else verdict.decision).value
    notice.reason = f"{'Expired. ' if given_up else ''}{verdict.reason}"[:255]
    notice.message = verdict.message
    notice.next_attempt_at = now + min(FIRST_WAIT * 2 ** min(notice.attempts, 10), LONGEST_WAIT)
    notice.attempts += 1
    notice.decided_at = None if waits and not given_up else now
    notice.save(
        update_fields=[
            "decision",
            "reason",
            "message",
            "next_attempt_at",
            "attempts",
            "decided_at",
        ]
    )


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
        decision=Decision.SUPPRESSED.value, reason=CANCELLED
    )


def _send(
    template: Template, *, event: str, order: OrderRecord, customer: CustomerRecord
) -> Verdict:
    words = order_parameters(
        event=event,
        customer_name=customer.name,
        order_number=order.number,
        total=order.total,
        currency=order.currency,
        courier=order.courier,
        tracking_number=order.tracking_number,
        tracking_url=order.tracking_url,
        language=template.language,
    )
    try:
        message = messages.send_template(
            template=template.name,
            language=template.language,
            parameters=needed(template=template, words=words),
            phone_number=customer.phone,
            customer_id=customer.id,
            order_id=order.id,
            priority=Priority.NOTICE,
        )
    except (InvalidPhoneError, MessageNotDeliverableError) as error:
        return _suppressed(error.message)
    except (NotFoundError, TemplateNotApprovedError) as error:
        return Verdict(decision=Decision.WAITING, reason=error.message)  # changed meanwhile
    except WhatsAppError as error:
        return Verdict(decision=Decision.FAILED, reason=error.message)
    return Verdict(decision=Decision.SENT, message=message)


def _suppressed(reason: str) -> Verdict:
    return Verdict(decision=Decision.SUPPRESSED, reason=reason)
