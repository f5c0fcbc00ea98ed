"""The ERP in memory: its customers, orders and papers, and who tells its people."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from whatsapp.domain.phone import normalize
from whatsapp.errors import InvalidPhoneError
from whatsapp.ports import (
    CustomerNotice,
    CustomerRecord,
    Document,
    DocumentKind,
    OrderRecord,
    QuoteRecord,
    StaffNotice,
    SupplierOrderRecord,
)


@dataclass(slots=True)
class InMemoryCustomers:
    """``CustomerDirectory`` over records put in with ``add``; ``calls`` counts look-ups."""

    records: dict[int, CustomerRecord] = field(default_factory=dict)
    calls: int = 0

    def add(self, *records: CustomerRecord) -> None:
        """Put customers in, or replace those with the same id."""
        self.records.update({record.id: record for record in records})

    def find_by_id(self, customer_id: int) -> CustomerRecord | None:
        self.calls += 1
        return self.records.get(customer_id)

    def find_by_ids(self, customer_ids: Iterable[int]) -> Sequence[CustomerRecord]:
        self.calls += 1
        wanted = set(customer_ids)
        return [record for record in self.records.values() if record.id in wanted]

    def find_by_phone(self, *phones: str) -> CustomerRecord | None:
        self.calls += 1
        return _the_only(r for r in self.records.values() if _normalized(r.phone) in phones)

    def find_by_phones(self, phones: Iterable[str]) -> Mapping[str, CustomerRecord]:
        return {phone: found for phone in phones if (found := self.find_by_phone(phone))}

    def find_by_email(self, email: str) -> CustomerRecord | None:
        self.calls += 1
        return _the_only(r for r in self.records.values() if r.email.lower() == email.lower())

    def search(self, text: str, *, limit: int) -> Sequence[int]:
        self.calls += 1
        return [r.id for r in self.records.values() if text.lower() in r.name.lower()][:limit]


@dataclass(slots=True)
class InMemoryOrders:
    """``OrderBook`` over records put in with ``add``; ``calls`` counts look-ups."""

    records: dict[int, OrderRecord] = field(default_factory=dict)
    supplier_orders: dict[int, SupplierOrderRecord] = field(default_factory=dict)
    quotes: dict[int, QuoteRecord] = field(default_factory=dict)
    calls: int = 0

    def add(self, *records: OrderRecord) -> None:
        """Put orders in, or replace those with the same id."""
        self.records.update({record.id: record for record in records})

    def add_supplier_order(self, record: SupplierOrderRecord) -> None:
        self.supplier_orders[record.id] = record

    def add_quote(self, record: QuoteRecord) -> None:
        self.quotes[record.id] = record

    def find_by_id(self, order_id: int) -> OrderRecord | None:
        self.calls += 1
        return self.records.get(order_id)

    def find_by_ids(self, order_ids: Iterable[int]) -> Sequence[OrderRecord]:
        self.calls += 1
        wanted = set(order_ids)
        return [record for record in self.records.values() if record.id in wanted]

    def find_by_customer_id(self, customer_id: int, *, limit: int = 20) -> Sequence[OrderRecord]:
        self.calls += 1
        theirs = (r for r in self.records.values() if r.customer_id == customer_id)
        return self._newest(limit, theirs)

    def find_by_status(self, status: str, *, limit: int = 100) -> Sequence[OrderRecord]:
        self.calls += 1
        return self._newest(limit, (r for r in self.records.values() if r.status == status))

    def find_newest(self, *, limit: int) -> Sequence[OrderRecord]:
        self.calls += 1
        return self._newest(limit, self.records.values())

    def find_supplier_order(self, supplier_order_id: int) -> SupplierOrderRecord | None:
        self.calls += 1
        return self.supplier_orders.get(supplier_order_id)

    def find_quote(self, quote_id: int) -> QuoteRecord | None:
        self.calls += 1
        return self.quotes.get(quote_id)

    def search(self, text: str, *, limit: int) -> Sequence[int]:
        self.calls += 1
        found = (r for r in self.records.values() if text.upper() in r.number)
        return [record.id for record in self._newest(limit, found)]

    @staticmethod
    def _newest(limit: int, records: Iterable[OrderRecord]) -> Sequence[OrderRecord]:
        return sorted(records, key=lambda record: record.id, reverse=True)[:limit]


@dataclass(slots=True)
class RecordingStaffNotifier:
    """``StaffNotifier`` that remembers what the staff was told."""

    notices: list[StaffNotice] = field(default_factory=list)

    def notify(self, notice: StaffNotice) -> None:
        self.notices.append(notice)


@dataclass(slots=True)
class InMemoryDocuments:
    """``DocumentMaker`` that makes a small PDF of anything; with ``error`` it fails.

    ``made`` is what it was asked for, with the language; what is in ``missing`` it has not; what it
    makes shows ``version``. What is in ``hidden`` it shows to nobody.
    """

    made: list[tuple[DocumentKind, int, str]] = field(default_factory=list)
    missing: set[tuple[DocumentKind, int]] = field(default_factory=set)
    error: Exception | None = None
    version: str = ""
    hidden: set[tuple[DocumentKind, int]] = field(default_factory=set)

    def may_see(self, kind: DocumentKind, document_id: int, *, user_id: int) -> bool:
        return (kind, document_id) not in self.hidden

    def make(self, kind: DocumentKind, document_id: int, *, language: str) -> Document | None:
        if self.error is not None:
            raise self.error
        if (kind, document_id) in self.missing:
            return None
        self.made.append((kind, document_id, language))
        content = f"%PDF-1.4\n% {kind.value} {document_id} {language}\n%%EOF\n".encode()
        title = kind.value.replace("_", " ").capitalize()
        return Document(
            filename=f"{kind.value}-{document_id}.pdf",
            title=title,
            content=content,
            version=self.version,
        )


@dataclass(slots=True)
class RecordingCustomerNotifier:
    """``CustomerNotifier`` that remembers what it was given; ``channel`` is what it answers.

    It refuses as often as ``failures`` says.
    """

    notices: list[CustomerNotice] = field(default_factory=list)
    channel: str = "email"
    failures: int = 0

    def notify(self, notice: CustomerNotice) -> str:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("The outbox is full.")
        if self.channel:
            self.notices.append(notice)
        return self.channel


def _the_only(records: Iterable[CustomerRecord]) -> CustomerRecord | None:
    found = list(itertools.islice(records, 2))
    return found[0] if len(found) == 1 else None


def _normalized(phone: str) -> str:
    try:
        return normalize(phone)
    except InvalidPhoneError:
        return ""
