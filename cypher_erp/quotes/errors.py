"""Errors raised on purpose by ``quotes.services``."""

from __future__ import annotations


class QuoteMoveError(Exception):
    """A quote cannot be accepted: it is not SENT, has run out, or is not what the customer saw."""

    def __init__(
        self, *, number: str, status: str, has_run_out: bool, has_changed: bool = False
    ) -> None:
        self.number = number
        self.status = status
        self.has_run_out = has_run_out
        self.has_changed = has_changed
        why = "has run out" if has_run_out else f"is {status}"
        why = "was changed after it was sent" if has_changed else why
        super().__init__(f"{number} {why}; it cannot be accepted.")
