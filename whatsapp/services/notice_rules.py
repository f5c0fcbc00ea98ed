"""The rules for order notices: checked before they are kept, obeyed at once.

Notices that wait are looked at again when a rule of their event changes. Locks are taken in one
order: rules by id, then notices by id. Who decides a notice holds its rule first (``hold``), for
a notice that names a rule locks that, at the latest when it commits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from whatsapp import queue
from whatsapp.conf import ORDER_EVENTS
from whatsapp.domain import template as templates
from whatsapp.domain.notice_fields import may_hold_phone
from whatsapp.domain.notice_rules import LONGEST_DELAY, is_sound
from whatsapp.domain.reason import Reason
from whatsapp.errors import NotFoundError, ValidationError
from whatsapp.models import NoticeRule, Template
from whatsapp.services.shared import accounts
from whatsapp.wiring import customer_notifier

_HOLD = "SELECT 1 FROM whatsapp_notice_rules WHERE id = %s FOR KEY SHARE"
_JUDGE_ANEW = """
    WITH held AS (
        SELECT id FROM whatsapp_order_notices
        WHERE rule_id = %(gone)s::bigint
            OR (event = ANY(%(events)s) AND decision IN ('pending', 'waiting'))
        ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE whatsapp_order_notices AS notice
    SET rule_id = nullif(rule_id, %(gone)s::bigint),
        next_attempt_at = CASE
            WHEN decision IN ('pending', 'waiting') THEN statement_timestamp()
            ELSE next_attempt_at
        END
    FROM held WHERE notice.id = held.id
"""

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
    before = _hold_all().get(rule.pk or 0)
    rule.save()
    _judge_anew({rule.event, before.event if before else rule.event})
    return rule


@transaction.atomic
def delete(*, rule_id: int) -> None:
    """Forget a rule; notices that it decided stay as they are. NotFoundError."""
    _hold_all()
    rule = NoticeRule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise NotFoundError("There is no such rule.", details={"field": "rule"})
    _judge_anew({rule.event}, without=rule_id)
    rule.delete()


def hold(*, rule_id: int) -> bool:
    """Keep a rule from being deleted until the caller's transaction ends; False if it is gone.

    To be called before a notice is locked that will name it. It keeps nobody else from holding it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [rule_id])
        return cursor.fetchone() is not None


def note_templates() -> None:
    """Try the rules anew since templates changed, and look at what waits for one of them.

    What waits for its approval goes; what is queued with one that stopped gets another.
    """
    queue.enqueue(queue.DECIDE_ORDER_NOTICES)
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


def _hold_all() -> dict[int, NoticeRule]:
    """Lock every rule: one transaction changes rules at a time, a list of them included."""
    rules = NoticeRule.objects.order_by("pk").select_for_update(no_key=True)
    return {rule.pk: rule for rule in rules}


def _judge_anew(events: set[str], *, without: int | None = None) -> None:
    """Make due what is undecided of the events, and have no notice name a rule that goes."""
    with connection.cursor() as cursor:
        cursor.execute(_JUDGE_ANEW, {"events": sorted(events), "gone": without})
    queue.enqueue(queue.DECIDE_ORDER_NOTICES)
    queue.enqueue(queue.CHECK_NOTICE_RULES)
