"""The rules for order notices: checked before they are kept, obeyed at once.

Notices that wait are looked at again when a rule of their event changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as _

from whatsapp import queue
from whatsapp.conf import ORDER_EVENTS
from whatsapp.domain import template as templates
from whatsapp.domain.notice_fields import may_hold_phone
from whatsapp.domain.notice_rules import LONGEST_DELAY, is_sound
from whatsapp.domain.reason import Reason
from whatsapp.errors import NotFoundError, ValidationError
from whatsapp.models import NoticeRule, OrderNotice, Template
from whatsapp.services import accounts
from whatsapp.wiring import customer_notifier

UNKNOWN_EVENT = _("There is no such event.")
NO_PHONE_FIELD = _("No phone number can stand there.")
TOO_LATE = _("A notice can wait 30 days at most.")
UPSIDE_DOWN = _("No total is both.")
SAME_TEMPLATE = _("The fallback must be another template.")
NO_OTHER_CHANNEL = _("The ERP has no other way to tell its customers (CUSTOMER_NOTIFIER).")
UNSOUND = _("Choose a field of the order, or write a text, for %(parameter)s.")
UNFILLED = _("%(template)s (%(language)s) needs %(parameter)s; say what fills it.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What is wrong with a field of a rule; a parameter's is ``parameters.<its name>``."""

    field: str
    why: Reason


@transaction.atomic
def save(*, rule: NoticeRule) -> NoticeRule:
    """Keep a new or changed rule, and let the notices that wait be judged by it.

    ValidationError with all its faults in ``details["faults"]``.
    """
    found = list(faults(rule=rule))
    if found:
        told = [{"field": each.field, "message": str(each.why)} for each in found]
        raise ValidationError(told[0]["message"], details={**told[0], "faults": told})
    before = NoticeRule.objects.select_for_update(no_key=True).filter(pk=rule.pk).first()
    rule.save()
    _judge_anew({rule.event, before.event if before else rule.event})
    return rule


@transaction.atomic
def delete(*, rule_id: int) -> None:
    """Forget a rule; notices that it decided stay as they are. NotFoundError."""
    rule = NoticeRule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise NotFoundError("There is no such rule.", details={"field": "rule"})
    rule.delete()
    _judge_anew({rule.event})


def note_templates() -> None:
    """Try the rules anew since templates changed; what waits for one that stopped gets another."""
    queue.enqueue(queue.CHECK_NOTICE_RULES)
    queue.enqueue(queue.FOLLOW_NOTICES)


def faults(*, rule: NoticeRule) -> Iterator[Fault]:
    """Tell what is wrong with a rule, as far as can be known without an order."""
    checks = (
        ("event", rule.event not in ORDER_EVENTS, UNKNOWN_EVENT),
        ("recipient", not may_hold_phone(rule.recipient), NO_PHONE_FIELD),
        ("delay_minutes", rule.delay_minutes > LONGEST_DELAY, TOO_LATE),
        ("maximum_total", _is_upside_down(rule), UPSIDE_DOWN),
        ("fallback_template", rule.fallback_template == rule.template, SAME_TEMPLATE),
        (
            "other_channel_minutes",
            rule.other_channel_minutes is not None and customer_notifier() is None,
            NO_OTHER_CHANNEL,
        ),
    )
    for field, is_wrong, text in checks:
        if is_wrong:
            yield Fault(field=field, why=Reason(text=text))
    yield from _mapping_faults(rule)


def translations(*, rule: NoticeRule) -> Sequence[Template]:
    """List what the rule may send, in every language: its template, then the fallback."""
    number = rule.number or accounts.default_number()
    waba_id = number.account_id if number else ""
    rows = Template.objects.present().filter(waba_id=waba_id, name__in=rule.template_names)
    return sorted(rows, key=lambda row: (row.name != rule.template, row.language))


def _mapping_faults(rule: NoticeRule) -> Iterator[Fault]:
    for name, mapped in rule.parameters.items():
        if not is_sound(mapped):
            yield _about(name, UNSOUND)
    told = set(rule.parameters)
    for row in translations(rule=rule):
        keys = templates.required_params(row.components, row.parameter_format).keys
        for name in keys:
            if name not in told:
                told.add(name)
                yield _about(name, UNFILLED, template=row.name, language=row.language)


def _about(parameter: str, text: str, **values: str) -> Fault:
    why = Reason(text=text, values={"parameter": parameter, **values})
    return Fault(field=f"parameters.{parameter}", why=why)


def _is_upside_down(rule: NoticeRule) -> bool:
    low, high = rule.minimum_total, rule.maximum_total
    return low is not None and high is not None and high < low


def _judge_anew(events: set[str]) -> None:
    waiting = OrderNotice.objects.undecided().filter(event__in=events)
    waiting.update(next_attempt_at=Now())
    queue.enqueue(queue.DECIDE_ORDER_NOTICES)
    queue.enqueue(queue.CHECK_NOTICE_RULES)
