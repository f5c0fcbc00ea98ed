"""One database that all benchmarks of reading share: two years of a shop, by ``whatsapp_seed``."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from cypher_erp.customers.models import Customer
from cypher_erp.orders.models import Order
from cypher_erp.staff.models import User
from dev.credentials import NUMBER_ID
from whatsapp.api.conversations import ConversationViewSet
from whatsapp.management import seeding
from whatsapp.models import BusinessNumber, Conversation

SMALL, LARGE = 10_000, 1_000_000  # messages; a tenth of them conversations, and orders
_EMPTY = """
    TRUNCATE whatsapp_messages, whatsapp_conversations, whatsapp_contacts, orders, customers CASCADE
"""
_KNOWN = """
    WITH known AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM customers)
    UPDATE whatsapp_contacts SET customer_id = known.id FROM known
    WHERE known.place = 1 + whatsapp_contacts.id % (SELECT count(*) FROM customers)
      AND whatsapp_contacts.id % 5 > 0
"""  # four of five are customers of the shop
AGENTS = 5
_there = 0


def fill(messages: int = LARGE) -> None:
    """Have so many messages, and no others, unless they are there already."""
    global _there
    if _there == messages:
        return
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY)
    BusinessNumber.objects.get_or_create(phone_number_id=NUMBER_ID, defaults={"is_default": True})
    _make_agents()
    _make_orders(messages // 10)
    seeding.fill(messages=messages, conversations=messages // 10, seed=1, now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN)
        cursor.execute("VACUUM ANALYZE whatsapp_contacts")
    _there = messages


def inbox() -> QuerySet[Conversation]:
    """The rows of the list of conversations."""
    return ConversationViewSet().get_queryset()


def reader() -> User:
    """An agent, who reads."""
    agent, _ = User.objects.get_or_create(username="bench", role="user")
    return agent


def _make_agents() -> None:
    for place in range(AGENTS):
        User.objects.get_or_create(username=f"agent{place}", role="user")


def _make_orders(count: int) -> None:
    people = (Customer(name=f"Client {place}") for place in range(count // 5))
    customers = Customer.objects.bulk_create(people, batch_size=5_000)
    orders = (
        Order(number=f"C-2026-{place:06}", customer=customers[place % len(customers)])
        for place in range(count)
    )
    Order.objects.bulk_create(orders, batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers, orders")
