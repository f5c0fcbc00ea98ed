"""What messages cost by the rate card: an estimate, since Meta names no amounts.

Meta charges a delivered message by its category and the calling code of the customer's phone; the
first 1,000 and the millionth alike, as volume tiers are not known here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

CHARGED = "regular"  # of Meta's pricing types the only one that costs


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """One line of the rate card; without a calling code, of every other country."""

    calling_code: str
    category: str
    amount: Decimal
    currency: str
    valid_from: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Charge:
    """So many delivered messages of a day that Meta charges for."""

    day: date
    category: str
    calling_code: str
    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """Sums by currency, and how many messages no line of the rate card fits."""

    amounts: Mapping[str, Decimal]
    priced: int
    unpriced: int


def estimate(charges: Iterable[Charge], *, rates: Sequence[Rate]) -> Estimate:
    """Add up what the messages cost at the rates of their days."""
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    priced = unpriced = 0
    for charge in charges:
        rate = _rate(charge, rates)
        if rate is None:
            unpriced += charge.n
        else:
            priced += charge.n
            amounts[rate.currency] += rate.amount * charge.n
    return Estimate(amounts=dict(sorted(amounts.items())), priced=priced, unpriced=unpriced)


def _rate(charge: Charge, rates: Sequence[Rate]) -> Rate | None:
    """The newest in force; a line of the country before one of all others."""
    category = charge.category.lower().replace("_", "-")
    fitting = (
        rate
        for rate in rates
        if rate.category == category
        and rate.calling_code in (charge.calling_code, "")
        and rate.valid_from <= charge.day
    )
    return max(fitting, key=lambda rate: (rate.calling_code != "", rate.valid_from), default=None)
