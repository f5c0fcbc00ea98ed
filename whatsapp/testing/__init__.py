"""Stand-ins for Meta and for the ERP, for our tests and yours. They keep everything in memory.

Name them in the settings of a test and take the very objects the app uses, new at each change::

    @pytest.fixture
    def meta(settings):
        stand_in = {"GATEWAY": "whatsapp.testing.RecordingGateway"}  # and so on
        settings.WHATSAPP = {**settings.WHATSAPP, **stand_in}
        return whatsapp.testing.gateway()

    def test_reply_reaches_meta(meta):
        assert [outgoing.content.text for outgoing in meta.sent] == ["Bună ziua!"]
"""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import IO, TYPE_CHECKING, cast

from whatsapp import wiring
from whatsapp.domain.content import Outgoing
from whatsapp.domain.phone import digits
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.errors import ValidationError
from whatsapp.ports import (
    OPEN_GATE,
    Accepted,
    Credentials,
    DayCount,
    DepartureGate,
    Download,
    GatewayError,
    NumberHealth,
    TemplateDefinition,
)
from whatsapp.testing.erp import (
    InMemoryCustomers,
    InMemoryDocuments,
    InMemoryOrders,
    RecordingCustomerNotifier,
    RecordingStaffNotifier,
)

if TYPE_CHECKING:
    from whatsapp.ports import (
        CustomerDirectory,
        CustomerNotifier,
        DocumentMaker,
        OrderBook,
        StaffNotifier,
        WhatsAppGateway,
    )

__all__ = [
    "HEALTHY",
    "InMemoryCustomers",
    "InMemoryDocuments",
    "InMemoryOrders",
    "RecordingCustomerNotifier",
    "RecordingGateway",
    "RecordingStaffNotifier",
    "customer_notifier",
    "customers",
    "document_maker",
    "gateway",
    "orders",
    "staff_notifier",
]

TOO_LATE = Failure(failure_class=FailureClass.NOT_SENT, code=None, title="The lease has ended")
HEALTHY = NumberHealth(display_number="+40 300 000 000", status="CONNECTED", quality="GREEN")
UNKNOWN_MEDIA = Failure(failure_class=FailureClass.FATAL_MESSAGE, code=100, title="Unknown media")


def gateway() -> RecordingGateway:
    """The gateway the app uses now; the setting must name RecordingGateway. So for the others."""
    return cast(RecordingGateway, wiring.gateway())


def customers() -> InMemoryCustomers:
    """The customers the app sees now."""
    return cast(InMemoryCustomers, wiring.customer_directory())


def orders() -> InMemoryOrders:
    """The orders the app sees now."""
    return cast(InMemoryOrders, wiring.order_book())


def staff_notifier() -> RecordingStaffNotifier:
    """Whoever the app tells its troubles now."""
    return cast(RecordingStaffNotifier, wiring.staff_notifier())


def document_maker() -> InMemoryDocuments:
    """Whoever makes the app's documents now."""
    return cast(InMemoryDocuments, wiring.document_maker())


def customer_notifier() -> RecordingCustomerNotifier:
    """Whatever tells customers without WhatsApp now."""
    return cast(RecordingCustomerNotifier, wiring.customer_notifier())


class RecordingGateway:
    """Accepts everything and remembers it; safe to call from many threads.

    ``templates`` is Meta's list; ``submit_template`` puts a template there as PENDING, ``decide``
    gives Meta's verdict. ``files`` are the media Meta keeps, by id.
    """

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.credentials: list[Credentials] = []  # with which each of ``sent`` came
        self.read: list[tuple[str, bool]] = []  # wamid, and whether typing is shown
        self.templates: list[TemplateDefinition] = []
        self.submitted: list[TemplateDefinition] = []
        self.deleted: list[tuple[str, str]] = []  # name, Meta's id
        self.files: dict[str, bytes] = {}
        self.samples: dict[str, bytes] = {}  # by the handle
        self.days: dict[str, list[DayCount]] = {}  # what it counted, by the number's digits
        self.health = HEALTHY
        self._failures: defaultdict[str, deque[Failure]] = defaultdict(deque)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def fail_next(self, *failures: Failure, call: str = "send") -> None:
        """Let the next calls of a method fail, one with each failure."""
        self._failures[call].extend(failures)

    def decide(self, status: str, *, name: str = "", reason: str = "") -> None:
        """Give Meta's verdict on the templates of a name; on all when none is given."""
        self.templates = [
            replace(each, status=status, rejected_reason=reason)
            if name in ("", each.name)
            else each
            for each in self.templates
        ]

    def send(
        self, outgoing: Outgoing, *, credentials: Credentials, gate: DepartureGate = OPEN_GATE
    ) -> Accepted:
        _pass(gate)
        with self._lock:
            self._fail("send")
            self.sent.append(outgoing)
            self.credentials.append(credentials)
        recipient = outgoing.recipient
        wamid = f"wamid.TEST{next(self._numbers)}"
        return Accepted(wamid=wamid, wa_id=digits(recipient.phone), bsuid=recipient.bsuid)

    def mark_read(
        self,
        wamid: str,
        *,
        credentials: Credentials,
        typing: bool = False,
        gate: DepartureGate = OPEN_GATE,
    ) -> None:
        _pass(gate)
        with self._lock:
            self._fail("mark_read")
            self.read.append((wamid, typing))

    def upload_media(self, *, file: IO[bytes], size: int, **_: object) -> str:
        return self._keep(self.files, file.read(size), call="upload_media", prefix="9900")

    def upload_sample(self, *, file: IO[bytes], size: int, **_: object) -> str:
        return self._keep(self.samples, file.read(size), call="upload_sample", prefix="4::TEST")

    def download_media(
        self, media_id: str, *, into: IO[bytes], credentials: Credentials
    ) -> Download:
        with self._lock:
            self._fail("download_media")
            data = self.files.get(media_id)
        if data is None:
            raise GatewayError(UNKNOWN_MEDIA)
        into.write(data)
        return Download(mime_type="", sha256=hashlib.sha256(data).hexdigest(), size=len(data))

    def list_templates(self, *, credentials: Credentials) -> Iterator[TemplateDefinition]:
        self._fail("list_templates")
        yield from list(self.templates)

    def submit_template(
        self, template: TemplateDefinition, *, credentials: Credentials
    ) -> TemplateDefinition:
        with self._lock:
            self._fail("submit_template")
            self.submitted.append(template)
            meta_id = template.meta_id or f"8800{next(self._numbers)}"
            taken = replace(template, meta_id=meta_id, status="PENDING")
            self.templates = [*(one for one in self.templates if one.meta_id != meta_id), taken]
        return taken

    def delete_template(self, *, name: str, meta_id: str, credentials: Credentials) -> None:
        if not meta_id:
            raise ValidationError("Without its id, Meta would delete it in every language.")
        with self._lock:
            self._fail("delete_template")
            self.deleted.append((name, meta_id))
            self.templates = [kept for kept in self.templates if kept.meta_id != meta_id]

    def check_health(self, *, credentials: Credentials) -> NumberHealth:
        self._fail("check_health")
        return self.health

    def count_days(
        self, *, phone: str, start: datetime, end: datetime, credentials: Credentials
    ) -> Sequence[DayCount]:
        self._fail("count_days")
        return self.days.get(phone, [])

    def _keep(self, files: dict[str, bytes], data: bytes, *, call: str, prefix: str) -> str:
        with self._lock:
            self._fail(call)
            files[name := f"{prefix}{next(self._numbers)}"] = data
        return name

    def _fail(self, call: str) -> None:
        if self._failures[call]:
            raise GatewayError(self._failures[call].popleft())


def _pass(gate: DepartureGate) -> None:
    if not gate():
        raise GatewayError(TOO_LATE)
    gate.left()


if TYPE_CHECKING:
    _gateway: type[WhatsAppGateway] = RecordingGateway
    _customers: type[CustomerDirectory] = InMemoryCustomers
    _orders: type[OrderBook] = InMemoryOrders
    _staff_notifier: type[StaffNotifier] = RecordingStaffNotifier
    _documents: type[DocumentMaker] = InMemoryDocuments
    _customer_notifier: type[CustomerNotifier] = RecordingCustomerNotifier
