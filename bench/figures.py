"""What a benchmark says: a value, what it is compared with, and whether its goal was met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One line of the table. ``ratio`` is the value over that of what it stands ``against``."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    against: str = ""
    goal: str = ""  # empty: told for the sake of the others
    ok: bool = True


def at_least(
    name: str,
    value: float,
    unit: str,
    *,
    goal: float,
    ratio: float | None = None,
    against: str = "",
) -> Figure:
    """A figure whose value, or ratio if it has one, must not be below the goal."""
    judged = value if ratio is None else ratio
    return Figure(
        name=name,
        value=value,
        unit=unit,
        ratio=ratio,
        against=against,
        goal=f"≥ {goal:g}{'' if ratio is None else ' ×'}",
        ok=judged >= goal,
    )


def at_most(
    name: str,
    value: float,
    unit: str,
    *,
    goal: float,
    ratio: float | None = None,
    against: str = "",
) -> Figure:
    """A figure whose value, or ratio if it has one, must not be above the goal."""
    judged = value if ratio is None else ratio
    return Figure(
        name=name,
        value=value,
        unit=unit,
        ratio=ratio,
        against=against,
        goal=f"≤ {goal:g}{'' if ratio is None else ' ×'}",
        ok=judged <= goal,
    )


def noted(name: str, value: float, unit: str, *, against: str = "") -> Figure:
    """A figure without a goal, beside those that have one."""
    return Figure(name=name, value=value, unit=unit, against=against)


def table(figures: Iterable[Figure]) -> Table:
    """The figures for a person."""
    shown = Table("figure", "value", "unit", "ratio", "against", "goal", "")
    for each in figures:
        ratio = f"{each.ratio:.2f} ×" if each.ratio is not None else ""
        mark = "" if not each.goal else "[green]met" if each.ok else "[red]missed"
        value = f"{each.value:,.2f}"
        shown.add_row(each.name, value, each.unit, ratio, each.against, each.goal, mark)
    return shown
