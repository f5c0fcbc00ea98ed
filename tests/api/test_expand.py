"""What belongs to the rows of an answer, in the same call and in a few queries for all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.erp.factories import CustomerFactory, OrderFactory
from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/whatsapp"
ALL = "customer,order,number,last_message"


def a_talk():
    customer = CustomerFactory(name="Maria Ionescu")
    order = OrderFactory(customer=customer)
    conversation = ConversationFactory(contact=ContactFactory(customer=customer))
    now = timezone.now()
    for age, about in ((3, order), (2, None), (1, None)):
        MessageFactory(
            conversation=conversation,
            customer=customer,
            order=about,
            message_text=f"acum {age} min",
            happened_at=now - timedelta(minutes=age),
        )
    return conversation


def test_conversation_brings_what_was_asked_for(agent):
    talk = a_talk()
    order = talk.messages.exclude(order=None).get().order

    body = agent.get(f"{ROOT}/conversations/{talk.pk}?expand={ALL}").json()

    expanded = body["expanded"]
    assert set(expanded) == {"customer", "order", "number", "last_message"}
    assert expanded["customer"]["name"] == "Maria Ionescu"
    assert (expanded["order"]["id"], expanded["order"]["number"]) == (order.pk, order.number)
    assert expanded["number"]["display_number"] == "+40 300 000 000"
    assert expanded["last_message"]["text"] == "acum 1 min"
    assert body["number"] == talk.number_id


def test_without_it_nothing_is_added_and_what_is_missing_is_null(agent):
    conversation = ConversationFactory()

    plain = agent.get(f"{ROOT}/conversations/{conversation.pk}").json()
    asked = agent.get(f"{ROOT}/conversations/{conversation.pk}?expand={ALL}").json()

    assert "expanded" not in plain
    assert {name: value is None for name, value in asked["expanded"].items()} == {
        "customer": True,
        "order": True,
        "number": False,
        "last_message": True,
    }


@pytest.mark.parametrize("route", ["messages", "conversations/{talk}/messages", "messages/{one}"])
def test_message_brings_what_was_asked_for(agent, route):
    talk = a_talk()
    about = talk.messages.exclude(order=None).get()
    route = route.format(talk=talk.pk, one=about.pk)

    body = agent.get(f"{ROOT}/{route}?expand=contact,customer,order,number").json()

    row = next(row for row in body.get("results", [body]) if row["id"] == about.pk)
    assert row["expanded"]["contact"]["id"] == row["contact"] == talk.contact_id
    assert row["expanded"]["customer"]["id"] == row["customer_id"]
    assert row["expanded"]["order"]["id"] == row["order_id"]
    assert row["expanded"]["number"]["id"] == row["number"]


@pytest.mark.parametrize(
    ("route", "query"),
    [
        ("conversations", "expand=secrets"),
        ("conversations", "expand=customer,contact__customer__password"),
        ("messages", "expand=last_message"),
    ],
)
def test_name_that_there_is_not_is_refused(agent, route, query):
    response = agent.get(f"{ROOT}/{route}?{query}")

    assert response.status_code == 400
    assert set(response.json()["error"]["details"]["fields"]) == {"expand"}


def test_last_message_is_for_who_may_read_messages(client_of):
    user = UserFactory()
    user.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    talk = a_talk()

    response = client_of(user).get(f"{ROOT}/conversations/{talk.pk}?expand=last_message")

    assert response.status_code == 403


@pytest.mark.parametrize(
    ("route", "names"),
    [("conversations", ALL), ("messages", "contact,customer,order,number")],
)
def test_page_costs_the_same_queries_however_long_it_is(agent, route, names):
    BusinessNumberFactory()
    a_talk()
    with CaptureQueriesContext(connection) as short:
        agent.get(f"{ROOT}/{route}?expand={names}")
    for _ in range(5):
        a_talk()

    with CaptureQueriesContext(connection) as long:
        body = agent.get(f"{ROOT}/{route}?expand={names}").json()

    assert len(body["results"]) > 5
    assert len(long) == len(short)
