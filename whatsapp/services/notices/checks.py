"""Each rule is tried on the newest orders, so that staff hear of what would fail tomorrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from whatsapp.domain.reason import Reason
from whatsapp.models import NoticeCheck, NoticeRule
from whatsapp.models.order_notice import Decision
from whatsapp.ports import StaffNotice
from whatsapp.services import notice_rules
from whatsapp.services.notices import grounds, plans
from whatsapp.services.notices.grounds import Facts
from whatsapp.services.shared import staff
from whatsapp.wiring import order_book

ORDERS = 50  # the newest, on which rules are tried
SHOWN = 5  # problems that are kept of a rule


@dataclass(slots=True)
class _Trial:
    """How a rule fares; ``problems`` with how many orders have them and the first of these."""

    looked_at: int = 0
    failed: int = 0
    problems: dict[tuple[str, ...], dict[str, object]] = field(default_factory=dict)

    def add(self, why: Reason, *, order: str) -> None:
        told = {name: value for name, value in why.values.items() if name != "words"}
        key = (why.text, *sorted(f"{name} {value}" for name, value in told.items()))
        first = {"text": why.text, "values": dict(why.values), "count": 0, "order": order}
        problem = self.problems.setdefault(key, first)
        problem["count"] = int(str(problem["count"])) + bool(order)


def check(*, now: datetime) -> list[NoticeCheck]:
    """Try every active rule, keep what came of it, and tell the staff of each trouble once."""
    rules = list(NoticeRule.objects.in_force().select_related("number"))
    NoticeCheck.objects.filter(rule__is_active=False).delete()
    if not rules:
        return []
    facts = grounds.gather(orders=order_book().find_newest(limit=ORDERS), rules=rules)
    kept = (_keep(rule, _try(rule, facts), now=now) for rule in rules)
    return [row for row in kept if row is not None]


def _try(rule: NoticeRule, facts: Facts) -> _Trial:
    """Try a rule without an order first, in every language; then on those it is for."""
    trial = _Trial()
    for fault in notice_rules.faults(rule=rule):
        trial.add(fault.why, order="")
    for order in facts.orders.values():
        customer = facts.customers.get(order.customer_id)
        if customer is None or grounds.unmet_condition(rule, order, customer):
            continue
        plan = plans.make(rule=rule, order=order, customer=customer, facts=facts)
        trial.looked_at += 1
        if plan.decision in (Decision.WAITING, Decision.FAILED):
            trial.failed += 1
            trial.add(plan.why, order=order.number)
    return trial


@transaction.atomic
def _keep(rule: NoticeRule, trial: _Trial, *, now: datetime) -> NoticeCheck | None:
    """Keep what came of a rule; None for one that was deleted meanwhile."""
    if not notice_rules.hold(rule_id=rule.pk):
        return None
    problems = _worst(trial)
    row, _made = NoticeCheck.objects.select_for_update().get_or_create(
        rule=rule, defaults={"checked_at": now}
    )
    row.checked_at, row.problems = now, problems
    row.looked_at, row.failed = trial.looked_at, trial.failed
    row.sound = trial.looked_at - trial.failed
    troubles = [str(_reason(problem)) for problem in problems]
    if set(troubles) - set(row.told):
        _tell_staff(rule, row)
    row.told = troubles
    row.save()
    return row


def _worst(trial: _Trial) -> list[dict[str, object]]:
    """The problems of most orders, and always what is wrong with the rule whatever the order."""
    ordered = sorted(trial.problems.values(), key=lambda p: -int(str(p["count"])))
    of_rule = [problem for problem in ordered if not problem["order"]][: SHOWN - 1]
    of_orders = [problem for problem in ordered if problem["order"]]
    return [*of_orders[: SHOWN - len(of_rule)], *of_rule]


def problems_of(row: NoticeCheck) -> Sequence[Reason]:
    """The problems of a check, each to be said in the reader's language."""
    return [_reason(problem) for problem in row.problems]


def _reason(problem: dict[str, object]) -> Reason:
    values = problem["values"]
    return Reason(text=str(problem["text"]), values=values if isinstance(values, dict) else {})


def _tell_staff(rule: NoticeRule, row: NoticeCheck) -> None:
    words = "\n".join(each.said(translate=_) for each in problems_of(row))
    counts = _("Of the newest orders %(failed)d of %(all)d would not be told by it.")
    staff.tell(
        StaffNotice(
            key=f"whatsapp-notice-rule-{rule.pk}",
            level="critical",
            subject=_("The notice rule %(rule)s does not work") % {"rule": _(rule.name)},
            body=f"{counts % {'failed': row.failed, 'all': row.looked_at}}\n{words}",
        )
    )
