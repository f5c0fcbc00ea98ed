"""What the app needs from outside: Protocols, and the frozen records that cross them.

The host writes one adapter for each and names it in ``WHATSAPP`` (``CUSTOMER_DIRECTORY``,
``ORDER_BOOK``, ``STAFF_NOTIFIER``; if it has such, ``DOCUMENT_MAKER`` and ``CUSTOMER_NOTIFIER``);
``wiring`` puts them together. ``testing`` has in-memory ones. ``unit_in`` says a unit as our texts
do, so that a paper and the message that brings it use one word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Protocol

from whatsapp.domain.content import Outgoing
from whatsapp.domain.documents import Document, DocumentKind, DocumentMaker, QuoteRecord
from whatsapp.domain.retry import Failure
from whatsapp.domain.units import unit_in
from whatsapp.errors import MessageSendError
from whatsapp.ports.records import (
    CustomerNotice,
    CustomerRecord,
    OrderRecord,
    StaffNotice,
    SupplierOrderLine,
    SupplierOrderRecord,
)

__all__ = [
    "OPEN_GATE",
    "Accepted",
    "Credentials",
    "CustomerDirectory",
    "CustomerNotice",
    "CustomerNotifier",
    "CustomerRecord",
    "DayCount",
    "DepartureGate",
    "Document",
    "DocumentKind",
    "DocumentMaker",
    "Download",
    "GatewayError",
    "NumberHealth",
    "OrderBook",
    "OrderRecord",
    "QuoteRecord",
    "StaffNotice",
    "StaffNotifier",
    "SupplierOrderLine",
    "SupplierOrderRecord",
    "TemplateDefinition",
    "WhatsAppGateway",
    "unit_in",
]


class CustomerDirectory(Protocol):
    """The ERP's customers."""

    def find_by_id(self, customer_id: int) -> CustomerRecord | None: ...

    def find_by_ids(self, customer_ids: Iterable[int]) -> Sequence[CustomerRecord]: ...

    def find_by_phone(self, *phones: str) -> CustomerRecord | None:
        """The customer with this number, given as E.164; None if nobody or more than one has it.

        It is asked at each stranger's message, so let an index answer, whatever spelling was typed:
        ``0712 345 678``, ``+40712345678``, ``0040 712 …``. A number that Meta may spell otherwise
        than people do (Brazil, Mexico, Argentina) comes in both spellings: it is one number.
        """
        ...

    def find_by_phones(self, phones: Iterable[str]) -> Mapping[str, CustomerRecord]:
        """The same for many numbers at once, each with its customer; the others are left out."""
        ...

    def find_by_email(self, email: str) -> CustomerRecord | None: ...

    def search(self, text: str, *, limit: int) -> Sequence[int]:
        """Ids of customers whose name has all the words of the text, as somebody types them.

        Each anywhere in the name, without regard to case and diacritics. It is asked at each
        search, so let an index answer.
        """
        ...


class OrderBook(Protocol):
    """The ERP's orders, to customers and to suppliers, and its quotes."""

    def find_by_id(self, order_id: int) -> OrderRecord | None: ...

    def find_by_ids(self, order_ids: Iterable[int]) -> Sequence[OrderRecord]: ...

    def find_by_customer_id(self, customer_id: int, *, limit: int = 20) -> Sequence[OrderRecord]:
        """The customer's newest orders first."""
        ...

    def find_by_status(self, status: str, *, limit: int = 100) -> Sequence[OrderRecord]: ...

    def find_newest(self, *, limit: int) -> Sequence[OrderRecord]:
        """The newest orders of all, on which notices are tried out."""
        ...

    def find_supplier_order(self, supplier_order_id: int) -> SupplierOrderRecord | None: ...

    def find_quote(self, quote_id: int) -> QuoteRecord | None: ...

    def search(self, text: str, *, limit: int) -> Sequence[int]:
        """Ids of the newest customers' orders whose number this is, or a part of it.

        As people write it: ``#C-2026-00012``, ``c-2026-12``, ``00012``. It is asked at each search
        with a digit in it, so let an index answer.
        """
        ...


class StaffNotifier(Protocol):
    """The ERP's own way to tell its staff. Called outside requests; must not call the network."""

    def notify(self, notice: StaffNotice) -> None: ...


class CustomerNotifier(Protocol):
    """The ERP's own way to tell its customers: email, SMS.

    Called inside our transaction, so it must not call the network: it writes a row of the ERP's.
    """

    def notify(self, notice: CustomerNotice) -> str:
        """Give the channel's name, such as ``email``; '' if the customer has no such address.

        What it raises is shown to staff, and it is asked again.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """Meta took a message; the truth about delivery comes by webhook."""

    wamid: str
    wa_id: str = ""  # may differ from the number dialled
    bsuid: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """With which number, account and token to call Meta."""

    phone_number_id: str
    waba_id: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateDefinition:
    """A template as Meta lists it or takes it."""

    name: str
    language: str
    category: str
    components: tuple[Mapping[str, Any], ...]
    parameter_format: str = "NAMED"
    meta_id: str = ""
    status: str = ""
    rejected_reason: str = ""
    quality: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """What came of a media file that Meta keeps for us."""

    mime_type: str
    sha256: str  # hex, of the bytes that came
    size: int  # in bytes


class GatewayError(MessageSendError):
    """A call to Meta did not succeed; ``failure`` says what that means for a retry."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason, details={"code": failure.code})
        self.failure = failure


class DepartureGate(Protocol):
    """Asked once, right before the bytes of a send leave, and told right after.

    The question may wait for the message's turn. A no means that the message never left.
    """

    def __call__(self) -> bool: ...

    def left(self) -> None: ...


class _OpenGate:
    """For whoever sends without a pace to keep."""

    def __call__(self) -> bool:
        return True

    def left(self) -> None:
        """Note nothing."""


OPEN_GATE: DepartureGate = _OpenGate()


class WhatsAppGateway(Protocol):
    """Meta's Cloud API. Each call is one HTTP call (listing follows pages) and raises GatewayError.

    Nothing retries in here: who calls decides, by ``GatewayError.failure``. Only the upload of a
    sample goes on by itself where a lost connection broke it off.
    """

    def send(
        self, outgoing: Outgoing, *, credentials: Credentials, gate: DepartureGate = OPEN_GATE
    ) -> Accepted: ...

    def mark_read(
        self,
        wamid: str,
        *,
        credentials: Credentials,
        typing: bool = False,
        gate: DepartureGate = OPEN_GATE,
    ) -> None: ...

    def upload_media(
        self, *, file: IO[bytes], size: int, mime_type: str, filename: str, credentials: Credentials
    ) -> str: ...

    def upload_sample(
        self, *, file: IO[bytes], size: int, mime_type: str, filename: str, credentials: Credentials
    ) -> str:
        """Upload the sample of a template's header, from the start of the file; a handle."""
        ...

    def download_media(
        self, media_id: str, *, into: IO[bytes], credentials: Credentials
    ) -> Download:
        """Write the file as it comes; what was written before a GatewayError is no file."""
        ...

    def list_templates(self, *, credentials: Credentials) -> Iterator[TemplateDefinition]: ...

    def submit_template(
        self, template: TemplateDefinition, *, credentials: Credentials
    ) -> TemplateDefinition: ...

    def delete_template(self, *, name: str, meta_id: str, credentials: Credentials) -> None: ...

    def check_health(self, *, credentials: Credentials) -> NumberHealth: ...

    def count_days(
        self, *, phone: str, start: datetime, end: datetime, credentials: Credentials
    ) -> Sequence[DayCount]:
        """What Meta counted of the number with these digits, by day; it leaves out empty days."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberHealth:
    """What Meta says of a number: quality GREEN, YELLOW or RED; status CONNECTED is good."""

    display_number: str
    status: str
    quality: str
    verified_name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DayCount:
    """Messages Meta says it sent and delivered from ``start`` to ``end``: a day as it cuts them."""

    start: datetime
    end: datetime
    sent: int
    delivered: int
