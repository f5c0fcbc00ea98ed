"""Small charts as SVG, drawn here: no script, no other host, the colours of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT, STEP, GAP = 120, 24, 6  # units of the drawing; it grows with the page


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One moment: so much sent, of which so much failed, and so much received."""

    label: str
    sent: int
    failed: int
    received: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A rectangle; ``kind`` names its colour."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A moment's rectangles; ``label`` is empty where there is no room for it."""

    bar: Bar
    x: float
    middle: float
    label: str
    pieces: Sequence[Piece]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """What a template draws."""

    width: int
    height: int
    top: int  # what the highest column stands for
    columns: Sequence[Column]


def columns(bars: Sequence[Bar], *, labels: int = 10) -> Chart:
    """Put sent and received side by side; of what was sent the failed part lies on top."""
    top = max((max(bar.sent, bar.received) for bar in bars), default=0)
    every = max(1, -(-len(bars) // labels))
    drawn = [
        Column(
            bar=bar,
            x=place * STEP,
            middle=(place + 0.5) * STEP,
            label=bar.label if place % every == 0 else "",
            pieces=_pieces(bar, x=place * STEP + GAP / 2, top=top),
        )
        for place, bar in enumerate(bars)
    ]
    return Chart(width=max(1, len(bars)) * STEP, height=HEIGHT, top=top, columns=drawn)


def _pieces(bar: Bar, *, x: float, top: int) -> list[Piece]:
    width = (STEP - GAP) / 2
    arrived = bar.sent - bar.failed
    stood = ("sent", x, 0, arrived), ("failed", x, arrived, bar.failed)
    pieces = (*stood, ("received", x + width, 0, bar.received))
    return [
        Piece(
            kind=kind,
            x=round(left, 1),
            y=round(HEIGHT * (1 - (below + n) / top), 1),
            width=round(width, 1),
            height=round(HEIGHT * n / top, 1),
        )
        for kind, left, below, n in pieces
        if n
    ]
