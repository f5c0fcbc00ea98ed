"""The records that cross the ports to the ERP; all frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerRecord:
    """A customer of the ERP; ``phone`` in any spelling, ``language`` like ``ro``.

    ``extra`` is what else a notice may say: texts, numbers and days by a name such as
    ``account_manager``.
    """

    id: int
    name: str
    phone: str = ""
    email: str = ""
    language: str = ""
    url: str = ""  # the ERP's page of the customer, for agents
    group: str = ""  # by which notices may differ, such as ``wholesale``
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderRecord:
    """An order of the ERP; ``total`` in ``currency`` (ISO 4217); ``extra`` as of a customer."""

    id: int
    number: str
    customer_id: int
    status: str
    total: Decimal
    currency: str = "RON"
    courier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    is_cancelled: bool = False  # then no notice is sent
    placed_at: datetime | None = None
    url: str = ""  # the ERP's page of the order, for agents
    line_count: int = 0
    contact_name: str = ""  # who takes the parcel, where it is not the customer
    contact_phone: str = ""
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)


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
    url: str = ""  # the ERP's page of the order, for agents


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffNotice:
    """Something the staff should know; ``key`` names the trouble, open once at a time."""

    key: str
    subject: str
    body: str
    level: str = "warning"  # info | warning | critical
    user_ids: tuple[int, ...] = ()  # empty: everybody who supervises
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerNotice:
    """What a customer should be told without WhatsApp; ``key`` is the same for the same thing."""

    key: str
    event: str
    order: OrderRecord
    customer: CustomerRecord
    text: str  # as it stood in the message, or would have
    language: str
