"""A rule in words: the fields of an order, its conditions, what it would do."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext

from whatsapp.domain.phone import mask
from whatsapp.models import NoticeRule
from whatsapp.models.order_notice import Decision
from whatsapp.services.notices.decisions import reason_against
from whatsapp.services.notices.plans import Preview

FIELD_WORDS: Mapping[str, str] = {
    "order.number": noop("Order number"),
    "order.total": noop("Total with currency"),
    "order.line_count": noop("How many products"),
    "order.placed_at": noop("Day of the order"),
    "order.courier": noop("Courier"),
    "order.tracking_number": noop("Tracking number"),
    "order.tracking_url": noop("Tracking page"),
    "order.contact_name": noop("Name of who takes the parcel"),
    "order.contact_phone": noop("Phone of who takes the parcel"),
    "customer.name": noop("Customer's name"),
    "customer.phone": noop("Customer's phone"),
    "customer.email": noop("Customer's email"),
    "customer.group": noop("Customer group"),
}
UNMET_WORDS: Mapping[str, str] = {
    "minimum_total": noop("Not for this order: its total is too small."),
    "maximum_total": noop("Not for this order: its total is too large."),
    "couriers": noop("Not for this order: another courier takes it."),
    "customer_groups": noop("Not for this order: its customer is in another group."),
}


def field_words(path: str) -> str:
    """Say a field of the order; one that the ERP adds by its own name."""
    if path in FIELD_WORDS:
        return _(FIELD_WORDS[path])
    return path.rpartition(".")[2].replace("_", " ").capitalize()


def event_words(event: str) -> str:
    """Say what happened to the order."""
    return _(event.replace("_", " ").capitalize())


def delay_words(rule: NoticeRule) -> str:
    """Say when the rule tells."""
    days, minutes = divmod(rule.delay_minutes, 24 * 60)
    parts = ((_("%(n)d d"), days), (_("%(n)d h"), minutes // 60), (_("%(n)d min"), minutes % 60))
    time = " ".join(words % {"n": n} for words, n in parts if n)
    return _("%(time)s later") % {"time": time} if time else _("at once")


def condition_words(rule: NoticeRule) -> str:
    """Say for which orders the rule is."""
    low, high = rule.minimum_total, rule.maximum_total
    parts = (
        _("from %(total)s") % {"total": low} if low is not None else "",
        _("up to %(total)s") % {"total": high} if high is not None else "",
        ", ".join(rule.couriers),
        ", ".join(rule.customer_groups),
    )
    return " · ".join(part for part in parts if part) or _("every order")


def preview_words(rule: NoticeRule, shown: Preview) -> tuple[str, str]:
    """Say what the rule would decide for the order, with the decision that gives the colour."""
    plan = shown.plan
    if against := reason_against(shown.order, shown.customer):
        return Decision.SUPPRESSED.value, _("Would not be told: %(why)s") % {"why": _(against)}
    if shown.unmet:
        return Decision.SUPPRESSED.value, _(UNMET_WORDS[shown.unmet])
    why = plan.why.said(translate=_)
    if plan.decision is Decision.SUPPRESSED:
        return plan.decision.value, _("Would not be told: %(why)s") % {"why": why}
    if plan.decision is Decision.WAITING:
        return plan.decision.value, _("Would wait: %(why)s") % {"why": why}
    if plan.decision is Decision.FAILED or plan.template is None:
        return Decision.FAILED.value, _("Would fail: %(why)s") % {"why": why}
    words = _("Would be sent %(when)s to %(phone)s, by %(template)s.") % {
        "when": delay_words(rule),
        "phone": mask(plan.phone),
        "template": plan.template,
    }
    return Decision.SENT.value, f"{words} {why}".strip()


def check_words(*, failed: int, looked_at: int) -> str:
    """Say how the rule fared on the newest orders."""
    if failed:
        return _("%(failed)d of %(all)d would fail") % {"failed": failed, "all": looked_at}
    words = ngettext("%(n)d order is sound", "%(n)d orders are sound", looked_at)
    return words % {"n": looked_at}
