"""The ERP behind the app's ports."""

from decimal import Decimal

import pytest

from cypher_erp.adapters.whatsapp import ErpCustomerDirectory, ErpOrderBook, ErpStaffNotifier
from cypher_erp.notifications.models import Notification
from cypher_erp.orders.models import OrderStatus
from tests.erp.factories import (
    CustomerFactory,
    OrderFactory,
    OrderLineFactory,
    SupplierOrderFactory,
    SupplierOrderLineFactory,
    UserFactory,
)
from whatsapp.ports import (
    CustomerRecord,
    OrderRecord,
    StaffNotice,
    SupplierOrderLine,
    SupplierOrderRecord,
)

pytestmark = pytest.mark.django_db

directory = ErpCustomerDirectory()
book = ErpOrderBook()


def test_customer_record_says_what_the_erp_knows():
    row = CustomerFactory(
        name="Ioana Mureșan",
        phone="0700 100 101",
        email="ioana@exemplu.ro",
        language="ro",
        group="partner",
        contact_name="Vasile Țăranu",
        city="Cluj-Napoca",
    )

    record = directory.find_by_id(row.pk)

    assert record == CustomerRecord(
        id=row.pk,
        name="Ioana Mureșan",
        phone="0700 100 101",
        email="ioana@exemplu.ro",
        language="ro",
        url=f"/admin/customers/customer/{row.pk}/change/",
        group="partner",
        extra={"contact_name": "Vasile Țăranu", "city": "Cluj-Napoca"},
    )


def test_customer_is_found_by_e164():
    row = CustomerFactory(phone="0040 700 100 101")

    record = directory.find_by_phone("+40700100101")

    assert record is not None
    assert record.id == row.pk


def test_customers_are_found_by_many_numbers_at_once():
    row, other = CustomerFactory(phone="0040 700 100 101"), CustomerFactory(phone="0700 100 102")
    for _ in range(2):
        CustomerFactory(phone="0700 100 103")

    found = directory.find_by_phones([f"+4070010010{n}" for n in range(1, 5)])

    assert {phone: record.id for phone, record in found.items()} == {
        "+40700100101": row.pk,
        "+40700100102": other.pk,
    }


def test_shared_number_or_address_finds_nobody():
    for phone in ("0700 100 101", "+40700100101"):
        CustomerFactory(phone=phone, email="birou@exemplu.ro")

    assert directory.find_by_phone("+40700100101") is None
    assert directory.find_by_email("birou@exemplu.ro") is None


def test_unknown_customer_is_none():
    assert directory.find_by_id(999999) is None
    assert directory.find_by_phone("+40700100101") is None
    assert directory.find_by_email("nimeni@exemplu.ro") is None


def test_many_customers_take_one_query(django_assert_num_queries):
    rows = CustomerFactory.create_batch(3)

    with django_assert_num_queries(1):
        records = directory.find_by_ids([*(row.pk for row in rows), 999999, rows[0].pk])

    assert sorted(record.id for record in records) == [row.pk for row in rows]


def test_order_record_says_what_the_erp_knows():
    row = OrderFactory(
        status=OrderStatus.SHIPPED,
        total=Decimal("1234.50"),
        courier="Sameday",
        tracking_number="1ONB42",
        tracking_url="https://sameday.ro/#awb=1ONB42",
        contact_name="Dan Pop",
        contact_phone="0700 100 109",
    )
    OrderLineFactory.create_batch(2, order=row)

    record = book.find_by_id(row.pk)

    assert record == OrderRecord(
        id=row.pk,
        number=row.number,
        customer_id=row.customer_id,
        status="SHIPPED",
        total=Decimal("1234.50"),
        currency="RON",
        courier="Sameday",
        tracking_number="1ONB42",
        tracking_url="https://sameday.ro/#awb=1ONB42",
        is_cancelled=False,
        placed_at=row.placed_at,
        url=f"/admin/orders/order/{row.pk}/change/",
        line_count=2,
        contact_name="Dan Pop",
        contact_phone="0700 100 109",
    )


def test_newest_orders_come_first_and_in_one_query(django_assert_num_queries):
    rows = OrderFactory.create_batch(4)

    with django_assert_num_queries(1):
        records = book.find_newest(limit=3)

    assert [record.id for record in records] == [row.pk for row in rows[:0:-1]]


def test_cancelled_order_says_so():
    row = OrderFactory(status=OrderStatus.CANCELLED)

    record = book.find_by_id(row.pk)

    assert record is not None
    assert record.is_cancelled


def test_many_orders_take_one_query(django_assert_num_queries):
    rows = OrderFactory.create_batch(3)

    with django_assert_num_queries(1):
        records = book.find_by_ids([row.pk for row in rows])

    assert sorted(record.id for record in records) == [row.pk for row in rows]


def test_orders_of_a_customer_come_newest_first_up_to_the_limit(django_assert_num_queries):
    customer = CustomerFactory()
    rows = OrderFactory.create_batch(3, customer=customer)
    OrderFactory()

    with django_assert_num_queries(1):
        records = book.find_by_customer_id(customer.pk, limit=2)

    assert [record.id for record in records] == [rows[2].pk, rows[1].pk]


def test_orders_are_found_by_status_in_any_case():
    row = OrderFactory(status=OrderStatus.SHIPPED)
    OrderFactory()

    records = book.find_by_status("shipped")

    assert [record.id for record in records] == [row.pk]


def test_supplier_order_comes_with_its_lines(django_assert_num_queries):
    row = SupplierOrderFactory(notes="Livrare la depozit.")
    SupplierOrderLineFactory.create_batch(2, order=row)

    with django_assert_num_queries(2):
        record = book.find_supplier_order(row.pk)

    line = SupplierOrderLine(
        name="Hârtie copiator A4", quantity=Decimal("12.500"), unit="top", code="HRT-A4-80"
    )
    assert record == SupplierOrderRecord(
        id=row.pk,
        number=row.number,
        supplier_name="Depozitul de Hârtie SA",
        supplier_phone="0700 200 201",
        language="ro",
        lines=(line, line),
        notes="Livrare la depozit.",
        url=f"/admin/suppliers/supplierorder/{row.pk}/change/",
    )
    assert book.find_supplier_order(999999) is None


def test_notice_becomes_a_notification_for_each_reader():
    ana, mihai = UserFactory.create_batch(2)
    notice = StaffNotice(
        key="sla:7",
        subject="Ioana waits",
        body="For two hours.",
        level="critical",
        user_ids=(ana.pk, mihai.pk),
        url="/admin/",
    )

    ErpStaffNotifier().notify(notice)

    rows = Notification.objects.order_by("user_id").values_list(
        "user_id", "key", "subject", "level"
    )
    assert list(rows) == [
        (ana.pk, "sla:7", "Ioana waits", "critical"),
        (mihai.pk, "sla:7", "Ioana waits", "critical"),
    ]


def test_notice_for_nobody_in_particular_is_for_all_supervisors():
    ErpStaffNotifier().notify(StaffNotice(key="token", subject="The token expired", body=""))

    notification = Notification.objects.get()
    assert notification.user is None
