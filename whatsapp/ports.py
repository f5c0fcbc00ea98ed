"""What the app needs from outside: Protocols, and the frozen records that cross them.

The host writes one adapter for each and names it in ``WHATSAPP`` (``CUSTOMER_DIRECTORY``,
``ORDER_BOOK``, ``STAFF_NOTIFIER``); ``wiring`` puts them together. ``testing`` has in-memory ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerRecord:
    """A customer of the ERP. ``phone`` as the ERP holds it, any spelling; ``language`` as ``ro``."""

    id: int
    name: str
    phone: str = ""
    email: str = ""
    language: str = ""
    url: str = ""  # the ERP's page of the customer, for agents


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderRecord:
    """An order of the ERP. ``total`` in ``currency`` (ISO 4217); ``is_cancelled`` forbids notices."""

    id: int
    number: str
    customer_id: int
    status: str
    total: Decimal
    currency: str = "RON"
    courier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    is_cancelled: bool = False
    placed_at: datetime | None = None
    url: str = ""  # the ERP's page of the order, for agents


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplierOrderLine:
    """One line of an order to a supplier; ``quantity`` in ``unit``."""

    name: str
    quantity: Decimal
    unit: str = "buc"
    code: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplierOrderRecord:
    """An order to a supplier, with what is needed to say it in a message."""

    id: int
    number: str
    supplier_name: str
    supplier_phone: str
    language: str = ""
    lines: tuple[SupplierOrderLine, ...] = field(default_factory=tuple)
    notes: str = ""


class CustomerDirectory(Protocol):
    """The ERP's customers."""

    def find_by_id(self, customer_id: int) -> CustomerRecord | None: ...

    def find_by_ids(self, customer_ids: Iterable[int]) -> Sequence[CustomerRecord]: ...

    def find_by_phone(self, phone: str) -> CustomerRecord | None:
        """The customer with this number, given as E.164; None if nobody or more than one has it."""
        ...

    def find_by_email(self, email: str) -> CustomerRecord | None: ...


class OrderBook(Protocol):
    """The ERP's orders, to customers and to suppliers."""

    def find_by_id(self, order_id: int) -> OrderRecord | None: ...

    def find_by_ids(self, order_ids: Iterable[int]) -> Sequence[OrderRecord]: ...

    def find_by_customer_id(self, customer_id: int, *, limit: int = 20) -> Sequence[OrderRecord]:
        """The customer's newest orders first."""
        ...

    def find_by_status(self, status: str, *, limit: int = 100) -> Sequence[OrderRecord]: ...

    def find_supplier_order(self, supplier_order_id: int) -> SupplierOrderRecord | None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffNotice:
    """Something the shop's staff should know. ``key`` names the trouble: one open notice per key."""

    key: str
    subject: str
    body: str
    level: str = "warning"  # info | warning | critical
    user_ids: tuple[int, ...] = ()  # empty: everybody who supervises
    url: str = ""


class StaffNotifier(Protocol):
    """The ERP's own way to tell its staff. Called outside requests; must not call the network."""

    def notify(self, notice: StaffNotice) -> None: ...
