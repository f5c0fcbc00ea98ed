"""How the dashboard writes shares, spans, money and the names of its rows."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

from whatsapp.services.statistics.figures import Group
from whatsapp.templatetags.desk_words import EVENT_WORDS, span

register = template.Library()

NONE = "–"
CENT = Decimal("0.01")
MINUTE = timedelta(minutes=1)


@register.filter
def wa_share(share: float | None) -> str:
    """A share as a percentage; of nothing a dash."""
    return NONE if share is None else f"{formats.number_format(share * 100, 1)} %"


@register.filter
def wa_span(length: timedelta | None) -> str:
    """A length of time in its largest units; under a minute in seconds."""
    if length is None:
        return NONE
    if length < MINUTE:
        return _("%(n)d s") % {"n": round(length.total_seconds())}
    return span(length)


@register.filter
def wa_money(amount: Decimal) -> str:
    return formats.number_format(amount.quantize(CENT, ROUND_HALF_UP), 2)


@register.filter
def wa_group(group: Group) -> str:
    """The name of a row; an order event in words, one without a name as what it is."""
    return _(EVENT_WORDS.get(group.name, group.name)) if group.name else _("none")
