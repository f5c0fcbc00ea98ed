"""What the decisions of a batch rest on, read in bulk: the ERP's rows, our rules and templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.notice_rules import unmet
from whatsapp.domain.phone import normalize
from whatsapp.errors import InvalidPhoneError
from whatsapp.models import BusinessNumber, Contact, NoticeRule
from whatsapp.ports import CustomerRecord, OrderRecord
from whatsapp.services.shared import accounts
from whatsapp.services.templating.order_templates import Shelf
from whatsapp.wiring import customer_directory, order_book


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Orders and customers by id, the rules in force by event, the templates by account."""

    orders: Mapping[int, OrderRecord]
    customers: Mapping[int, CustomerRecord]
    rules: Mapping[str, Sequence[NoticeRule]] = field(default_factory=dict)
    shelves: Mapping[str, Shelf] = field(default_factory=dict)
    number: BusinessNumber | None = None  # for rules that name none

    def number_of(self, rule: NoticeRule) -> BusinessNumber | None:
        """From which number the rule tells."""
        return rule.number or self.number

    def shelf_of(self, rule: NoticeRule) -> Shelf:
        """The templates that the rule's number may send."""
        number = self.number_of(rule)
        return self.shelves.get(number.account_id, Shelf()) if number else Shelf()

    def rule_for(
        self, *, event: str, order: OrderRecord, customer: CustomerRecord
    ) -> NoticeRule | None:
        """Find the first rule of the event that is for such an order."""
        rules = self.rules.get(event, ())
        return next((r for r in rules if not unmet_condition(r, order, customer)), None)

    def rule_of(self, *, event: str, order_id: int | None) -> NoticeRule | None:
        """Find the rule that a notice of this order would be decided by."""
        order = self.orders.get(order_id or 0)
        customer = self.customers.get(order.customer_id) if order else None
        if order is None or customer is None:
            return None
        return self.rule_for(event=event, order=order, customer=customer)


def unmet_condition(rule: NoticeRule, order: OrderRecord, customer: CustomerRecord) -> str:
    """Name the rule's condition that does not hold for the order; '' when all do."""
    return unmet(rule.conditions, total=order.total, courier=order.courier, group=customer.group)


def read(*, order_ids: Iterable[int]) -> Facts:
    """Ask the ERP once for all orders and once for all their customers."""
    orders = {order.id: order for order in order_book().find_by_ids(set(order_ids))}
    rules = list(NoticeRule.objects.in_force().select_related("number"))
    return gather(orders=orders.values(), rules=rules)


def gather(*, orders: Iterable[OrderRecord], rules: Sequence[NoticeRule]) -> Facts:
    """Put together what these rules need to be judged for these orders."""
    by_id = {order.id: order for order in orders}
    customer_ids = {order.customer_id for order in by_id.values()}
    customers = customer_directory().find_by_ids(customer_ids)
    number = accounts.default_number()
    numbers = {rule.number or number for rule in rules}
    names = {name for rule in rules for name in rule.template_names}
    by_event: dict[str, list[NoticeRule]] = {}
    for rule in rules:
        by_event.setdefault(rule.event, []).append(rule)
    return Facts(
        orders=by_id,
        customers={customer.id: customer for customer in customers},
        rules=by_event,
        shelves={
            waba_id: Shelf.read(waba_id=waba_id, names=names)
            for waba_id in sorted({each.account_id for each in numbers if each})
        },
        number=number,
    )


def values_of(order: OrderRecord, customer: CustomerRecord) -> dict[str, object]:
    """Lay out, by its path, what may fill a template; nothing else is within a rule's reach."""
    extras = (("order", order.extra), ("customer", customer.extra))
    return {
        "customer.name": customer.name,
        "customer.phone": customer.phone,
        "customer.email": customer.email,
        "customer.group": customer.group,
        "order.number": order.number,
        "order.total": order.total,
        "order.currency": order.currency,
        "order.line_count": order.line_count,
        "order.placed_at": order.placed_at,
        "order.courier": order.courier,
        "order.tracking_number": order.tracking_number,
        "order.tracking_url": order.tracking_url,
        "order.contact_name": order.contact_name,
        "order.contact_phone": order.contact_phone,
        **{f"{whose}.extra.{key}": v for whose, extra in extras for key, v in extra.items()},
    }


def phone_for(rule: NoticeRule, values: Mapping[str, object]) -> str:
    """Find whom the rule writes to; the customer where the order names nobody else."""
    named = values.get(rule.recipient)
    phone = named.strip() if isinstance(named, str) else ""
    return phone or str(values["customer.phone"]).strip()


def language_for(customer: CustomerRecord, *, phone: str) -> str:
    """Find the language to write in: the customer's, else that of the contact with the phone."""
    if customer.language.strip() or not phone:
        return customer.language
    try:
        number = normalize(phone, region=whatsapp_settings().phone_region)
    except InvalidPhoneError:
        return ""
    contacts = Contact.objects.with_number(number).filter(merged_into=None).exclude(language="")
    return contacts.order_by("pk").values_list("language", flat=True).first() or ""
