"""Errors raised on purpose by ``quotes.services``."""

from __future__ import annotations


class QuoteMoveError(Exception):
    """A quote cannot be accepted: it is not SENT, or has run out."""

    def __init__(self, *, number: str, status: str, has_run_out: bool) -> None:
        self.number = number
        self.status = status
        self.has_run_out = has_run_out
        why = "has run out" if has_run_out else f"is {status}"
        super().__init__(f"{number} {why}; it cannot be accepted.")
