"""Errors raised on purpose by ``orders.services``."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 10  # a refused import of thousands must still fit a screen


class OrderMoveError(Exception):
    """Some orders may not be moved, so none was. ``refused`` holds (number, status) pairs."""

    def __init__(
        self, *, to: str, refused: Sequence[tuple[str, str]], missing: Sequence[int]
    ) -> None:
        self.to = to
        self.refused = tuple(refused)
        self.missing = tuple(missing)
        super().__init__(
            f"Nothing was changed: {self._who()} cannot become {to}. Leave them out and try again."
        )

    def _who(self) -> str:
        names = [f"{number} ({status})" for number, status in self.refused]
        names += [f"#{order_id} (not found)" for order_id in self.missing]
        rest = len(names) - SHOWN
        shown = ", ".join(names[:SHOWN])
        return f"{shown} and {rest} more" if rest > 0 else shown
