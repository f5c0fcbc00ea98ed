"""Errors raised on purpose by ``suppliers.services``."""

from __future__ import annotations


class SupplierOrderMoveError(Exception):
    """A supplier order is not in the state from which it could be moved."""

    def __init__(self, *, number: str, status: str, expected: str) -> None:
        self.number = number
        self.status = status
        super().__init__(f"{number} is {status}; only a {expected} one can do this.")
