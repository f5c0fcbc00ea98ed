"""Every page of the ERP's admin opens, and the orders' moves can be made there."""

import re
from decimal import Decimal

import pytest
from pytest_django.asserts import assertTemplateUsed

from cypher_erp.notifications.models import Notification
from cypher_erp.orders.models import Order, OrderStatus
from cypher_erp.staff.models import Role
from tests.erp.factories import (
    CustomerFactory,
    NotificationFactory,
    OrderFactory,
    OrderLineFactory,
    QuoteLineFactory,
    SupplierOrderLineFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

ORDERS = "/admin/orders/order/"
LISTS = [
    "staff/user",
    "customers/customer",
    "orders/order",
    "quotes/quote",
    "suppliers/supplier",
    "suppliers/supplierorder",
    "notifications/notification",
]


def page(order):
    return f"{ORDERS}{order.pk}/change/"


def form(order, **typed):
    fields = ("notes", "courier", "tracking_number", "tracking_url")
    shown = {field: getattr(order, field) for field in fields}
    lines = {"lines-TOTAL_FORMS": "0", "lines-INITIAL_FORMS": "0"}
    return {"customer": order.customer_id, **shown, **lines, **typed}


def messages(answer):
    return [str(message) for message in answer.context["messages"]]


@pytest.fixture
def one_of_each(db):
    order = OrderLineFactory().order
    line = SupplierOrderLineFactory()
    NotificationFactory(url="/admin/")
    return {
        "customers/customer": order.customer,
        "orders/order": order,
        "quotes/quote": QuoteLineFactory().quote,
        "suppliers/supplier": line.order.supplier,
        "suppliers/supplierorder": line.order,
        "notifications/notification": Notification.objects.get(),
    }


@pytest.mark.parametrize("name", LISTS)
def test_list_opens_and_can_be_searched(name, desk, one_of_each):
    assert desk.get(f"/admin/{name}/").status_code == 200
    assert desk.get(f"/admin/{name}/?q=Ioana").status_code == 200


@pytest.mark.parametrize("name", [name for name in LISTS if name != "staff/user"])
def test_page_of_a_row_opens(name, desk, one_of_each):
    answer = desk.get(f"/admin/{name}/{one_of_each[name].pk}/change/")

    assert answer.status_code == 200


@pytest.mark.parametrize("name", [name for name in LISTS if not name.startswith("notif")])
def test_page_for_a_new_row_opens(name, desk):
    assert desk.get(f"/admin/{name}/add/").status_code == 200


@pytest.mark.parametrize("name", ["customers/customer", "orders/order"])
def test_page_of_an_order_or_a_customer_shows_whatsapp(name, desk, one_of_each):
    answer = desk.get(f"/admin/{name}/{one_of_each[name].pk}/change/")

    assertTemplateUsed(answer, "admin/whatsapp/panels/panel.html")


def test_first_page_says_where_one_is(desk):
    assert "Cypher ERP" in desk.get("/admin/").content.decode()


@pytest.mark.parametrize("status", OrderStatus)
def test_order_page_offers_the_legal_moves_alone(status, desk):
    order = OrderFactory(status=status)

    answer = desk.get(page(order))

    offered = {
        OrderStatus.NEW: ["confirm", "cancel"],
        OrderStatus.CONFIRMED: ["ship", "cancel"],
        OrderStatus.SHIPPED: ["deliver"],
        OrderStatus.DELIVERED: [],
        OrderStatus.CANCELLED: [],
    }
    buttons = re.findall(r'name="_move" value="(\w+)"', answer.content.decode())
    assert buttons == offered[status]


def test_button_saves_the_page_and_moves_the_order(desk):
    order = OrderFactory(status=OrderStatus.CONFIRMED)
    typed = {"courier": "DPD", "tracking_number": "8100", "_move": "ship"}

    answer = desk.post(page(order), form(order, **typed), follow=True)

    order.refresh_from_db()
    assert answer.redirect_chain == [(page(order), 302)]
    assert messages(answer) == ["1 order is now Shipped."]
    assert (order.status, order.courier, order.tracking_number) == ("SHIPPED", "DPD", "8100")
    assert order.tracking_url == "https://tracking.dpd.ro/?shipmentNumber=8100"


def test_first_button_of_the_page_only_saves(desk):
    order = OrderFactory(status=OrderStatus.CONFIRMED)

    html = desk.get(page(order)).content.decode()

    form_of_order = html[html.index('id="order_form"') :]
    first = re.search(r'type="submit"[^>]*name="(\w+)"', form_of_order)
    assert first is not None
    assert first[1] == "_continue"  # the one that Enter in a field presses


def test_refused_button_says_why_and_changes_no_status(desk):
    order = OrderFactory(status=OrderStatus.DELIVERED)

    answer = desk.post(page(order), form(order, _move="confirm"), follow=True)

    order.refresh_from_db()
    assert order.status == OrderStatus.DELIVERED
    assert messages(answer) == [
        f"Nothing was changed. These orders cannot become Confirmed: {order.number} (Delivered)."
    ]


def test_saving_a_page_opened_before_a_move_does_not_undo_it(desk):
    order = OrderFactory()
    typed = form(order, notes="Sună înainte.")
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.CONFIRMED)

    desk.post(page(order), typed)

    order.refresh_from_db()
    assert (order.status, order.notes) == (OrderStatus.CONFIRMED, "Sună înainte.")


@pytest.mark.parametrize(
    ("action", "start", "end"),
    [
        ("confirm_orders", "NEW", "CONFIRMED"),
        ("ship_orders", "CONFIRMED", "SHIPPED"),
        ("deliver_orders", "SHIPPED", "DELIVERED"),
        ("cancel_orders", "NEW", "CANCELLED"),
    ],
)
def test_action_moves_the_chosen_orders_alone(action, start, end, desk):
    chosen = OrderFactory.create_batch(2, status=start)
    other = OrderFactory(status=start)

    desk.post(ORDERS, {"action": action, "_selected_action": [order.pk for order in chosen]})

    assert {order.pk for order in Order.objects.filter(status=end)} == {o.pk for o in chosen}
    assert Order.objects.get(pk=other.pk).status == start


def test_refused_action_says_why_and_moves_nothing(desk):
    new, shipped = OrderFactory(), OrderFactory(status=OrderStatus.SHIPPED)
    chosen = {"action": "confirm_orders", "_selected_action": [new.pk, shipped.pk]}

    answer = desk.post(ORDERS, chosen, follow=True)

    assert f"{shipped.number} (Shipped)" in messages(answer)[0]
    assert Order.objects.get(pk=new.pk).status == OrderStatus.NEW


def test_new_order_gets_its_number_and_total(desk):
    customer = CustomerFactory()
    line = {"name": "Lampă", "quantity": "2", "unit": "buc", "unit_price": "100", "vat_rate": "21"}
    typed = {
        "customer": customer.pk,
        "placed_at_0": "2026-11-22",
        "placed_at_1": "10:00:00",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        **{f"lines-0-{name}": value for name, value in line.items()},
    }

    answer = desk.post(f"{ORDERS}add/", typed)

    order = Order.objects.get()
    assert answer.status_code == 302
    assert (order.number, order.status) == ("C-2026-00001", OrderStatus.NEW)
    assert order.total == Decimal("242.00")


def test_lines_of_a_confirmed_order_are_fixed(desk):
    line = OrderLineFactory(order__status=OrderStatus.CONFIRMED)

    html = desk.get(page(line.order)).content.decode()

    assert "lines-0-quantity" not in html
    assert line.name in html


def test_viewer_gets_no_buttons_and_no_actions(client, django_user_model):
    from django.contrib.auth.models import Permission

    viewer = UserFactory(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(viewer)
    order = OrderFactory()

    answer = client.get(page(order))
    client.post(ORDERS, {"action": "confirm_orders", "_selected_action": [order.pk]})

    assert answer.status_code == 200
    assert "_move" not in answer.content.decode()
    assert Order.objects.get(pk=order.pk).status == OrderStatus.NEW


def test_notifications_show_ones_own_and_to_supervisors_the_common(client, supervisor):
    agent = UserFactory(is_staff=True, role=Role.USER)
    from django.contrib.auth.models import Permission

    agent.user_permissions.add(Permission.objects.get(codename="view_notification"))
    NotificationFactory(subject="for Ana", user=agent)
    NotificationFactory(subject="for all supervisors", user=None)
    shown = {}

    for person in (agent, supervisor):
        client.force_login(person)
        answer = client.get("/admin/notifications/notification/?unread=yes")
        shown[person.pk] = [row.subject for row in answer.context["cl"].result_list]

    assert shown == {agent.pk: ["for Ana"], supervisor.pk: ["for all supervisors"]}


def test_notifications_are_marked_as_read(desk):
    chosen, other = NotificationFactory(), NotificationFactory()

    desk.post(
        "/admin/notifications/notification/",
        {"action": "mark_read", "_selected_action": [chosen.pk]},
    )

    assert list(Notification.objects.filter(read_at=None)) == [other]


@pytest.mark.django_db
def test_side_bar_begins_with_the_days_work(admin_client):
    labels = [app["app_label"] for app in admin_client.get("/admin/").context["app_list"]]

    assert labels[:3] == ["whatsapp", "orders", "customers"]
    assert labels.index("auth") > labels.index("notifications")
