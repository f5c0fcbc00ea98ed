"""What fills each parameter of a rule's templates, as the form shows and sends it.

A parameter is two inputs: where its words come from (``p:<name>:from``, a field or ``text``), and
words (``p:<name>:words``): the fixed text, or what is said of an order that has no such thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from whatsapp.admin.rules.words import field_words
from whatsapp.domain.notice_fields import FIELDS
from whatsapp.domain.notice_rules import usual_mapping
from whatsapp.domain.template import required_params
from whatsapp.domain.template_values import optional_keys
from whatsapp.models import NoticeRule, Template
from whatsapp.ports import CustomerRecord, OrderRecord
from whatsapp.services import notice_rules

TEXT = "text"

Given = Mapping[str, str]
Mapping_ = dict[str, dict[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One parameter: what is chosen for it, and which templates ask for it."""

    key: str
    source: str
    words: str
    asked_by: str
    is_optional: bool
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Fields to choose from, under one heading."""

    label: str
    options: Sequence[tuple[str, str]]


def groups(
    *, orders: Iterable[OrderRecord] = (), customers: Iterable[CustomerRecord] = (), kept: Mapping_
) -> list[Group]:
    """List the fields, and of what the ERP adds all that these orders and customers have."""
    extras = {f"order.extra.{key}" for order in orders for key in order.extra}
    extras |= {f"customer.extra.{key}" for customer in customers for key in customer.extra}
    chosen = {each.get("field", "") for each in kept.values()}
    extras |= {path for path in chosen if ".extra." in path}
    found = (
        Group(label=_("Order"), options=_options(p for p in FIELDS if p.startswith("order."))),
        Group(label=_("Customer"), options=_options(p for p in FIELDS if p.startswith("cust"))),
        Group(label=_("More from the ERP"), options=_options(sorted(extras))),
    )
    return [group for group in found if group.options]


def rows(*, rule: NoticeRule, given: Given | None, errors: Mapping[str, str]) -> list[Row]:
    """List the parameters of the rule's templates, as they were sent, are kept, or usually are."""
    asked: dict[str, list[str]] = {}
    optional: set[str] = set()
    for row in notice_rules.translations(rule=rule):
        needed = required_params(row.components, row.parameter_format).keys
        optional.update(optional_keys(row.components))
        for key in (*needed, *optional_keys(row.components)):
            asked.setdefault(key, []).append(str(row))
    usual = usual_mapping([key for key in asked if key not in optional])
    return [
        _row(
            key,
            mapped=rule.parameters.get(key) or usual.get(key, {}),
            given=given,
            asked_by=", ".join(names),
            is_optional=key in optional,
            error=errors.get(key, ""),
        )
        for key, names in asked.items()
    ]


def read(*, given: Given, rule: NoticeRule) -> Mapping_:
    """Read the mapping that was sent; what is kept of parameters nobody asks for now stays."""
    asked = {row.key for row in rows(rule=rule, given=given, errors={})}
    mapping = {key: mapped for key, mapped in rule.parameters.items() if key not in asked}
    for key in asked:
        source, words = given.get(f"p:{key}:from", ""), given.get(f"p:{key}:words", "").strip()
        if source == TEXT and words:
            mapping[key] = {"text": words}
        elif source and source != TEXT:
            mapping[key] = {"field": source, **({"otherwise": words} if words else {})}
    return mapping


def template_choices(*, kept: Iterable[str]) -> list[tuple[str, str]]:
    """List the templates by name, each with its languages and what Meta says of them."""
    found: dict[str, list[str]] = {name: [] for name in kept if name}
    for row in Template.objects.present().order_by("name", "language"):
        state = "✓" if row.is_approved else row.status.lower()
        found.setdefault(row.name, []).append(f"{row.language} {state}")
    return [
        (name, f"{name} · {', '.join(dict.fromkeys(states))}" if states else name)
        for name, states in sorted(found.items())
    ]


def _options(paths: Iterable[str]) -> list[tuple[str, str]]:
    return [(path, field_words(path)) for path in paths]


def _row(key: str, *, mapped: Mapping[str, str], given: Given | None, **more: object) -> Row:
    source = mapped.get("field", "") or (TEXT if "text" in mapped else "")
    words = mapped.get("text", "") or mapped.get("otherwise", "")
    if given is not None and f"p:{key}:from" in given:
        source, words = given[f"p:{key}:from"], given.get(f"p:{key}:words", "")
    return Row(key=key, source=source, words=words, **more)  # type: ignore[arg-type]
