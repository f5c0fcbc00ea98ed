"""The demo's staff, customers and suppliers: made up, with phones written as people write them."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.models import Group, Permission

from cypher_erp.customers.models import Customer
from cypher_erp.demo.tables import read
from cypher_erp.staff.models import User
from cypher_erp.suppliers.models import Supplier

SALES_APPS = ("customers", "orders", "quotes", "suppliers", "notifications")
SUPERUSER = "admin"


def add_staff(*, passwords: Mapping[str, str]) -> None:
    """Make who is missing; a password that is not given is the user's name."""
    sales, _created = Group.objects.get_or_create(name="Sales")
    sales.permissions.set(
        Permission.objects.filter(content_type__app_label__in=SALES_APPS).exclude(
            codename__startswith="delete_"
        )
    )
    for row in read("staff"):
        name = row["username"]
        if User.objects.filter(username=name).exists():
            continue
        user = User(**row, email=f"{name}@cypher.example", is_staff=True)
        user.is_superuser = name == SUPERUSER
        user.set_password(passwords.get(name, name))
        user.save()
        user.groups.add(sales)


def add_customers() -> list[Customer]:
    """Make who is missing by email; gives all of them in the table's order."""
    return [
        Customer.objects.get_or_create(email=row["email"], defaults=row)[0]
        for row in read("customers")
    ]


def add_suppliers() -> list[Supplier]:
    """Make who is missing by email; gives all of them in the table's order."""
    return [
        Supplier.objects.get_or_create(email=row["email"], defaults=row)[0]
        for row in read("suppliers")
    ]
