"""A template stops in mid-run: what was queued with it goes out by its rule's fallback, once.

The message stays the same row and the same uuid, in other words: so nobody is told twice, whatever
comes late of the refused attempt. Touched is only what waits in the queue, or what failed because
of the template; what is in a sender's hands, or in doubt, comes here when it is back.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from whatsapp import queue
from whatsapp.domain import content as contents
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.reason import Reason
from whatsapp.domain.template import TemplateCategory
from whatsapp.domain.template_call import call_components
from whatsapp.errors import TemplateValidationError
from whatsapp.models import Conversation, Message, NoticeRule, OrderNotice, OutboxItem, Template
from whatsapp.models.change import ChangeKind
from whatsapp.models.order_notice import Decision
from whatsapp.models.outbox import OutboxKind, OutboxQuerySet, OutboxState
from whatsapp.ports import CustomerRecord, OrderRecord
from whatsapp.services.notices import grounds, plans
from whatsapp.services.notices.grounds import Facts
from whatsapp.services.outgoing import interventions, resting
from whatsapp.services.shared import change_log
from whatsapp.services.templating.order_templates import BY_FALLBACK, STOPPED
from whatsapp.wiring import order_book

logger = logging.getLogger(__name__)

# Meta's words that it sends nothing of a template: unknown, paused, disabled
TEMPLATE_CODES = (132001, 132015, 132016)
LOST = resting.LOST.partition("{")[0]  # how our own refusal to send it begins
UNSENT = (MessageStatus.PENDING.value, MessageStatus.FAILED.value)


def stranded(*, now: datetime) -> OutboxQuerySet:
    """Notices' rows in the queue, or in trouble, for a template that Meta does not send."""
    refused = Q(message__error_code__in=TEMPLATE_CODES) | Q(message__error_text__startswith=LOST)
    waits = Q(state=OutboxState.PENDING.value)
    failed = Q(state=OutboxState.FAILED.value) & refused
    stopped = Q(message__template__status__in=STOPPED) | Q(
        message__template__deleted_at__isnull=False
    )
    return OutboxItem.objects.filter(
        waits | failed,
        stopped,
        kind=OutboxKind.MESSAGE.value,
        message__order_notice__decision=Decision.SENT.value,
        message__order_notice__fell_back_at=None,
        message__order_notice__told_otherwise_at=None,
        message__expires_at__gt=now,
    ).exclude(message__order_notice__rule__fallback_template="")


def rescue(*, now: datetime, limit: int = 200) -> int:
    """Give stranded notices their fallback template; return how many got it. Call it until 0.

    One whose fallback cannot be sent either stays as it is, and is looked at again; it keeps no
    other back, nor does one that fails.
    """
    done = (_rescue_all(ids, now=now) for ids in _pages(now=now, limit=limit))
    return next((count for count in done if count), 0)


def _pages(*, now: datetime, limit: int) -> Iterator[Sequence[int]]:
    """The messages of stranded notices, oldest first."""
    rows, after = stranded(now=now).order_by("message_id"), 0
    ids = rows.values_list("message_id", flat=True)
    while page := list(ids.filter(message_id__gt=after)[:limit]):
        yield page
        after = page[-1]


def _rescue_all(message_ids: Sequence[int], *, now: datetime) -> int:
    notices = OrderNotice.objects.filter(message_id__in=list(message_ids)).order_by("pk")
    found = [n for n in notices.select_related("rule__number", "message__template") if n.rule]
    if not found:
        return 0
    orders = order_book().find_by_ids({notice.order_id or 0 for notice in found})
    rules = list({notice.rule_id: notice.rule for notice in found if notice.rule}.values())
    facts = grounds.gather(orders=orders, rules=rules)
    return sum(_rescue(notice, facts=facts, now=now) for notice in found)


def _rescue(notice: OrderNotice, *, facts: Facts, now: datetime) -> bool:
    order = facts.orders.get(notice.order_id or 0)
    customer = facts.customers.get(order.customer_id) if order else None
    if notice.rule is None or order is None or customer is None or order.is_cancelled:
        return False
    try:
        words = _other_words(notice.rule, order, customer, facts)
        return words is not None and _change(notice, *words, now=now)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the notice's
    except Exception:
        logger.exception("order notice not rescued", extra={"notice": notice.pk})
        return False


def _other_words(
    rule: NoticeRule, order: OrderRecord, customer: CustomerRecord, facts: Facts
) -> tuple[Template, dict[str, str]] | None:
    """Fill the fallback for the order; None if it cannot be sent either."""
    values = grounds.values_of(order, customer)
    phone = grounds.phone_for(rule, values)
    language = grounds.language_for(customer, phone=phone)
    template = facts.shelf_of(rule).choose(name=rule.fallback_template, language=language).template
    if template is None:
        return None
    try:
        return template, plans.parameters_for(template=template, rule=rule, values=values)
    except TemplateValidationError:
        return None  # the nightly check tells the staff


@transaction.atomic
def _change(
    notice: OrderNotice, template: Template, parameters: dict[str, str], *, now: datetime
) -> bool:
    """Put other words into the message, unless it was taken up or decided on meanwhile.

    Nor if the ERP has told the customer since.
    """
    mine = OrderNotice.objects.filter(
        pk=notice.pk, fell_back_at=None, told_otherwise_at=None, message=notice.message_id
    )
    if not mine.select_for_update(skip_locked=True).exists():
        return False
    message = _locked(notice)
    if message is None or message.template is None:
        return False
    if template.category == TemplateCategory.MARKETING and _wants_none(message):
        return False
    if message.delivery_status == MessageStatus.FAILED.value:
        message = interventions.retry(message_id=message.pk)
    else:
        change_log.note(kind=ChangeKind.MESSAGE_CHANGED, ids=[message.pk])
    before, stopped = message.preview(), notice.message.template if notice.message else None
    for name, value in _content(template, parameters).items():
        setattr(message, name, value)
    message.save(update_fields=["template", "content", "message_text"])
    thread = message.conversation_id or 0
    last = Conversation.objects.filter(pk=thread, last_message_preview=before)
    last.update(last_message_preview=message.preview())
    OutboxItem.objects.filter(message=message, kind=OutboxKind.MESSAGE.value).update(
        next_attempt_at=max(message.send_at or now, now), reason="", waits=0, epoch=0
    )
    states = f"{stopped.language} {stopped.status}" if stopped else "-"
    name = stopped.name if stopped else ""
    why = Reason(
        text=BY_FALLBACK, values={"template": name, "states": states, "fallback": template.name}
    )
    mine.update(fell_back_at=now, reason=why.text, reason_values=dict(why.values))
    queue.enqueue(queue.SEND_DUE, number_id=message.number_id or 0)
    return True


def _locked(notice: OrderNotice) -> Message | None:
    """Lock conversation, message and outbox row, in this order; None if it is no longer stranded.

    The template is looked at again: it may have come back.
    """
    conversation_id = (notice.message.conversation_id if notice.message else None) or 0
    message_id = notice.message_id or 0
    Conversation.objects.select_for_update(no_key=True).filter(pk=conversation_id).first()
    rows = Message.objects.select_for_update(of=("self",)).select_related("template", "contact")
    message = rows.filter(pk=message_id, delivery_status__in=UNSENT).first()
    states = (OutboxState.PENDING.value, OutboxState.FAILED.value)
    items = OutboxItem.objects.filter(message_id=message_id, state__in=states)
    is_waiting = items.select_for_update().filter(kind=OutboxKind.MESSAGE.value).exists()
    template = message.template if message else None
    if not is_waiting or template is None:
        return None
    return None if template.is_approved else message


def _wants_none(message: Message) -> bool:
    return message.contact is not None and message.contact.marketing_consent is False


def _content(template: Template, parameters: dict[str, str]) -> dict[str, Any]:
    """The columns that say what a message of this template says."""
    call = contents.TemplateCall(
        name=template.name,
        language=template.language,
        components=call_components(
            components=template.components,
            parameter_format=template.parameter_format,
            parameters=parameters,
        ),
        rendered=template.render(parameters).text,
    )
    return {"template": template, "content": contents.to_json(call), "message_text": call.text}
