"""What a rule makes of an order: whom it writes to, by which template, in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop as _

from whatsapp.domain import template as templates
from whatsapp.domain.notice_rules import fill
from whatsapp.domain.reason import Reason
from whatsapp.domain.template_values import optional_keys
from whatsapp.errors import TemplateValidationError
from whatsapp.models import BusinessNumber, NoticeRule, Template
from whatsapp.models.order_notice import Decision
from whatsapp.ports import CustomerRecord, OrderRecord
from whatsapp.services.notices import grounds
from whatsapp.services.notices.grounds import Facts

NO_PHONE = _("The customer has no phone number.")
NO_NUMBER = _("No business number is set up.")
NUMBER_OFF = _("The business number of the rule is switched off.")
FAULTS: Mapping[str, str] = {
    "missing": _("The rule does not say what fills the template's %(parameter)s."),
    "blank": _("The order has nothing for the template's %(parameter)s."),
    "too_long": _("With this order the template's %(parameter)s gets too long."),
    "not_a_file": _("The template's %(parameter)s takes a file's address, beginning with https."),
    "unsupported": _("Meta sends this template with parts that we cannot fill."),
}
OTHER_FAULT = _("The template's %(parameter)s cannot be filled: %(words)s")


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A message that may go; or, with another decision than SENT, why not.

    ``waits_for`` are the templates of which one has to be approved first.
    """

    decision: Decision
    why: Reason = field(default_factory=Reason)
    phone: str = ""
    number: BusinessNumber | None = None
    template: Template | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    waits_for: tuple[int, ...] = ()


def make(*, rule: NoticeRule, order: OrderRecord, customer: CustomerRecord, facts: Facts) -> Plan:
    """Plan the message of a rule for an order; writes nothing, so it also serves to try it out."""
    values = grounds.values_of(order, customer)
    phone = grounds.phone_for(rule, values)
    number = facts.number_of(rule)
    if number is None:
        return _without(Decision.WAITING, Reason(text=NO_NUMBER))
    if not number.is_active:
        return _without(Decision.WAITING, Reason(text=NUMBER_OFF))
    language = grounds.language_for(customer, phone=phone)
    choice = facts.shelf_of(rule).choose(
        name=rule.template, language=language, fallback=rule.fallback_template
    )
    if choice.template is None:
        decision = Decision.WAITING if choice.may_come else Decision.FAILED
        return Plan(decision=decision, why=choice.why, waits_for=choice.waits_for)
    try:
        parameters = parameters_for(template=choice.template, rule=rule, values=values)
    except TemplateValidationError as error:
        return _without(Decision.FAILED, in_words(error))
    return Plan(
        decision=Decision.SENT if phone else Decision.SUPPRESSED,
        why=choice.why if phone else Reason(text=NO_PHONE),
        phone=phone,
        number=number,
        template=choice.template,
        parameters=parameters,
    )


def parameters_for(
    *, template: Template, rule: NoticeRule, values: Mapping[str, object]
) -> dict[str, str]:
    """Fill a template by the rule's mapping, checked as a send checks it.

    TemplateValidationError names the parameter.
    """
    keys = templates.required_params(template.components, template.parameter_format).keys
    said = {
        key: fill(rule.parameters[key], values=values, language=template.language)
        for key in (*keys, *optional_keys(template.components))
        if key in rule.parameters
    }
    return templates.check_parameters(
        components=template.components,
        parameter_format=template.parameter_format,
        parameters={key: text for key, text in said.items() if text or key in keys},
    )


def in_words(error: TemplateValidationError) -> Reason:
    """Say which parameter cannot be filled, and why."""
    parameter = str(error.details.get("field", ""))
    text = FAULTS.get(str(error.details.get("reason", "")), OTHER_FAULT)
    return Reason(text=text, values={"parameter": parameter, "words": error.message})


def _without(decision: Decision, why: Reason) -> Plan:
    return Plan(decision=decision, why=why)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a rule would make of an order now; ``unmet`` names a condition that does not hold."""

    order: OrderRecord
    customer: CustomerRecord
    plan: Plan
    unmet: str


def preview(*, rule: NoticeRule, order: OrderRecord) -> Preview | None:
    """Try a rule, kept or not, on an order; None for an order without a customer."""
    facts = grounds.gather(orders=[order], rules=[rule])
    customer = facts.customers.get(order.customer_id)
    if customer is None:
        return None
    return Preview(
        order=order,
        customer=customer,
        plan=make(rule=rule, order=order, customer=customer, facts=facts),
        unmet=grounds.unmet_condition(rule, order, customer),
    )
