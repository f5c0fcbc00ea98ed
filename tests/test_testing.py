"""The stand-ins behave as the real ones would, so that a test that passes means something."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest

from whatsapp import testing, wiring
from whatsapp.domain.content import Outgoing, Recipient, Text
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.errors import ValidationError
from whatsapp.ports import (
    Credentials,
    CustomerNotice,
    CustomerRecord,
    GatewayError,
    OrderRecord,
    StaffNotice,
    SupplierOrderRecord,
    TemplateDefinition,
)

CREDENTIALS = Credentials(phone_number_id="555", waba_id="777", token="secret")
BUSY = Failure(failure_class=FailureClass.SLOW_NUMBER, code=130429, title="Too fast")
OUTGOING = Outgoing(
    recipient=Recipient(phone="+40712345678"), content=Text(body="Bună!"), callback_data="u:1"
)
GREETING = TemplateDefinition(name="greeting", language="ro", category="UTILITY", components=())


@pytest.fixture
def stand_ins(settings):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        "GATEWAY": "whatsapp.testing.RecordingGateway",
        "CUSTOMER_DIRECTORY": "whatsapp.testing.InMemoryCustomers",
        "ORDER_BOOK": "whatsapp.testing.InMemoryOrders",
        "STAFF_NOTIFIER": "whatsapp.testing.RecordingStaffNotifier",
    }


def test_settings_choose_the_very_objects_a_test_sees(stand_ins):
    assert testing.gateway() is wiring.gateway()
    assert testing.customers() is wiring.customer_directory()
    assert testing.orders() is wiring.order_book()
    assert testing.staff_notifier() is wiring.staff_notifier()


def test_each_test_starts_with_empty_ones(stand_ins, settings):
    before = testing.gateway()

    settings.WHATSAPP = {**settings.WHATSAPP}

    assert testing.gateway() is not before


class Closed:
    """A gate that lets nothing out."""

    def __call__(self) -> bool:
        return False

    def left(self) -> None:
        raise AssertionError("it never left")


class TestGateway:
    def test_send_is_remembered_with_its_credentials(self):
        gateway = testing.RecordingGateway()

        first = gateway.send(OUTGOING, credentials=CREDENTIALS)
        second = gateway.send(OUTGOING, credentials=CREDENTIALS)

        assert gateway.sent == [OUTGOING, OUTGOING]
        assert gateway.credentials == [CREDENTIALS, CREDENTIALS]
        assert first.wamid != second.wamid
        assert first.wa_id == "40712345678"

    def test_failures_come_in_their_order_and_end(self):
        gateway = testing.RecordingGateway()
        gateway.fail_next(BUSY, BUSY)

        for _ in range(2):
            with pytest.raises(GatewayError) as error:
                gateway.send(OUTGOING, credentials=CREDENTIALS)
            assert error.value.failure is BUSY
        gateway.send(OUTGOING, credentials=CREDENTIALS)

        assert len(gateway.sent) == 1

    def test_closed_gate_keeps_the_message_here(self):
        gateway = testing.RecordingGateway()

        with pytest.raises(GatewayError) as error:
            gateway.send(OUTGOING, credentials=CREDENTIALS, gate=Closed())

        assert error.value.failure.failure_class is FailureClass.NOT_SENT
        assert gateway.sent == []

    def test_template_waits_for_a_verdict(self):
        gateway = testing.RecordingGateway()

        taken = gateway.submit_template(GREETING, credentials=CREDENTIALS)
        gateway.decide("REJECTED", name="greeting", reason="SCAM")

        assert (taken.status, bool(taken.meta_id)) == ("PENDING", True)
        (listed,) = gateway.list_templates(credentials=CREDENTIALS)
        assert (listed.status, listed.rejected_reason) == ("REJECTED", "SCAM")

    def test_deleted_template_is_no_longer_listed(self):
        gateway = testing.RecordingGateway()
        taken = gateway.submit_template(GREETING, credentials=CREDENTIALS)

        gateway.delete_template(name="greeting", meta_id=taken.meta_id, credentials=CREDENTIALS)

        assert list(gateway.list_templates(credentials=CREDENTIALS)) == []

    def test_template_is_not_deleted_without_its_id(self):
        with pytest.raises(ValidationError):
            testing.RecordingGateway().delete_template(
                name="greeting", meta_id="", credentials=CREDENTIALS
            )

    def test_file_comes_back_as_it_was_given(self):
        gateway = testing.RecordingGateway()

        media_id = gateway.upload_media(
            file=io.BytesIO(b"pdf"),
            size=3,
            mime_type="application/pdf",
            filename="a.pdf",
            credentials=CREDENTIALS,
        )

        into = io.BytesIO()
        assert gateway.download_media(media_id, into=into, credentials=CREDENTIALS).size == 3
        assert into.getvalue() == b"pdf"
        with pytest.raises(GatewayError):
            gateway.download_media("unknown", into=into, credentials=CREDENTIALS)

    def test_read_receipts_and_health_are_answered(self):
        gateway = testing.RecordingGateway()

        gateway.mark_read("wamid.1", credentials=CREDENTIALS, typing=True)

        assert gateway.read == [("wamid.1", True)]
        assert gateway.check_health(credentials=CREDENTIALS).status == "CONNECTED"


class TestCustomers:
    ana = CustomerRecord(id=1, name="Ana", phone="0712 345 678", email="Ana@example.com")
    dan = CustomerRecord(id=2, name="Dan", phone="no phone")

    def test_customer_is_found_by_each_key(self):
        customers = testing.InMemoryCustomers()
        customers.add(self.ana, self.dan)

        assert customers.find_by_id(1) == self.ana
        assert list(customers.find_by_ids([2, 3])) == [self.dan]
        assert customers.find_by_phone("+40712345678") == self.ana
        assert customers.find_by_phones(["+4071", "+40712345678"]) == {"+40712345678": self.ana}
        assert customers.find_by_email("ana@EXAMPLE.com") == self.ana
        assert customers.calls == 6  # one for each number

    def test_number_that_two_share_names_nobody(self):
        customers = testing.InMemoryCustomers()
        customers.add(self.ana, CustomerRecord(id=3, name="Eva", phone="+40 712 345 678"))

        assert customers.find_by_phone("+40712345678") is None
        assert customers.find_by_phones(["+40712345678"]) == {}

    def test_number_that_two_share_in_two_spellings_names_nobody(self):
        customers = testing.InMemoryCustomers()
        for pk, phone in ((1, "+5511987654321"), (2, "+55 11 98765-4321")):
            customers.add(CustomerRecord(id=pk, name="Ana", phone=phone))

        assert customers.find_by_phone("+551187654321", "+5511987654321") is None


class TestOrders:
    def test_orders_are_found_newest_first(self):
        first, second = (
            OrderRecord(id=n, number=f"C-{n}", customer_id=7, status="NEW", total=Decimal(1))
            for n in (1, 2)
        )
        orders = testing.InMemoryOrders()
        orders.add(first, second)

        assert orders.find_by_id(1) == first
        assert list(orders.find_by_ids({1, 9})) == [first]
        assert list(orders.find_by_customer_id(7)) == [second, first]
        assert list(orders.find_by_status("NEW", limit=1)) == [second]
        assert list(orders.find_newest(limit=1)) == [second]
        assert orders.calls == 5

    def test_supplier_order_is_found(self):
        record = SupplierOrderRecord(id=1, number="F-1", supplier_name="A", supplier_phone="1")
        orders = testing.InMemoryOrders()
        orders.add_supplier_order(record)

        assert orders.find_supplier_order(1) == record
        assert orders.find_supplier_order(2) is None


def test_staff_notices_are_remembered():
    notifier = testing.RecordingStaffNotifier()
    notice = StaffNotice(key="k", subject="s", body="b")

    notifier.notify(notice)

    assert notifier.notices == [notice]


def test_customers_told_otherwise_are_remembered_unless_the_notifier_refuses():
    notifier = testing.RecordingCustomerNotifier(failures=1)
    order = OrderRecord(id=1, number="C-1", customer_id=7, status="NEW", total=Decimal(1))
    notice = CustomerNotice(
        key="k",
        event="order_shipped",
        order=order,
        customer=CustomerRecord(id=7, name="Ana"),
        text="Bună!",
        language="ro",
    )

    with pytest.raises(ConnectionError):
        notifier.notify(notice)
    channel = notifier.notify(notice)

    assert (channel, notifier.notices) == ("email", [notice])
    notifier.channel = ""
    assert notifier.notify(notice) == ""
    assert notifier.notices == [notice]
