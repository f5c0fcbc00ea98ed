"""Which orders a rule is for, and what may be written into its mapping."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from whatsapp.domain import notice_fields

LONGEST_DELAY = 30 * 24 * 60  # minutes

Mapped = Mapping[str, str]  # ``{"field": path, "otherwise": words}``, or ``{"text": words}``


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """All that is set must hold; totals in the order's own currency, ends included."""

    minimum_total: Decimal | None = None
    maximum_total: Decimal | None = None
    couriers: Collection[str] = ()
    customer_groups: Collection[str] = ()


def unmet(conditions: Conditions, *, total: Decimal, courier: str, group: str) -> str:
    """Name the first condition that does not hold; '' when all do. Case makes no difference."""
    if conditions.minimum_total is not None and total < conditions.minimum_total:
        return "minimum_total"
    if conditions.maximum_total is not None and total > conditions.maximum_total:
        return "maximum_total"
    if not _is_among(courier, conditions.couriers):
        return "couriers"
    return "" if _is_among(group, conditions.customer_groups) else "customer_groups"


def _is_among(word: str, wanted: Collection[str]) -> bool:
    return not wanted or word.strip().casefold() in {each.strip().casefold() for each in wanted}


def fill(mapped: Mapped, *, values: Mapping[str, object], language: str) -> str:
    """Say what a parameter gets: its fixed text, or the field's words, or those for without."""
    if "field" not in mapped:
        return mapped.get("text", "")
    said = notice_fields.words(path=mapped["field"], values=values, language=language)
    return said or mapped.get("otherwise", "")


def is_sound(mapped: object) -> bool:
    """Tell whether this says where a parameter's words come from."""
    match mapped:
        case {"field": str(path), **rest} if notice_fields.is_field(path):
            return set(rest) <= {"otherwise"} and all(isinstance(v, str) for v in rest.values())
        case {"text": str(text), **rest}:
            return bool(text.strip()) and not rest
    return False


def usual_mapping(keys: Collection[str]) -> dict[str, dict[str, str]]:
    """Map the parameters whose names tell what they want."""
    paths = {key: notice_fields.USUAL.get(key.rpartition(".")[2], "") for key in keys}
    return {key: {"field": path} for key, path in paths.items() if path}
