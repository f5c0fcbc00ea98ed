"""The demo's data: all of it at once, and nothing the second time."""

from collections import Counter

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from cypher_erp.customers.models import Customer
from cypher_erp.orders import signals
from cypher_erp.orders.models import Order, OrderStatus
from cypher_erp.staff.models import User
from cypher_erp.suppliers.models import Supplier, SupplierOrder

pytestmark = pytest.mark.django_db

LABELS = ("staff", "customers", "orders", "quotes", "suppliers", "notifications")


def rows():
    models = [model for label in LABELS for model in apps.get_app_config(label).get_models()]
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def test_demo_fills_the_shop():
    call_command("demo_data")

    assert Customer.objects.count() == 20
    assert Customer.objects.exclude(phone_e164="").values("phone_e164").distinct().count() == 20
    assert Counter(Order.objects.values_list("status", flat=True)) == {
        OrderStatus.NEW: 20,
        OrderStatus.CONFIRMED: 7,
        OrderStatus.DELIVERED: 6,
        OrderStatus.SHIPPED: 5,
        OrderStatus.CANCELLED: 2,
    }
    assert not Order.objects.filter(total=0).exists()
    assert (Supplier.objects.count(), SupplierOrder.objects.count()) == (3, 3)


def test_staff_log_in_with_their_names_and_have_roles():
    call_command("demo_data")

    staff = {user.username: user for user in User.objects.all()}
    assert {name: user.role for name, user in staff.items()} == {
        "admin": "admin",
        "ana": "user",
        "mihai": "user",
    }
    assert all(user.check_password(name) and user.is_staff for name, user in staff.items())
    assert [name for name, user in staff.items() if user.is_superuser] == ["admin"]
    assert staff["ana"].has_perm("orders.change_order")
    assert not staff["ana"].has_perm("orders.delete_order")


def test_second_run_changes_nothing():
    call_command("demo_data")
    before = rows()

    call_command("demo_data")

    assert rows() == before


def test_demo_tells_no_customer_about_its_orders(hear):
    heard = [hear(signals.order_confirmed), hear(signals.order_shipped)]

    call_command("demo_data")

    assert heard == [[], []]


def test_password_can_be_chosen():
    call_command("demo_data", password=["ana:o-parola-lunga"])

    assert User.objects.get(username="ana").check_password("o-parola-lunga")


def test_password_without_a_user_is_refused_and_nothing_is_made():
    with pytest.raises(CommandError, match="USER:PASSWORD"):
        call_command("demo_data", password=["o-parola"])

    assert not User.objects.exists()
