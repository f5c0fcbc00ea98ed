"""Conversations over the API: the inbox, and one thread."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.erp.factories import CustomerFactory, OrderFactory
from tests.factories import ContactFactory, ConversationFactory, MessageFactory, UserFactory

pytestmark = pytest.mark.django_db
CONVERSATIONS = "/api/v1/whatsapp/conversations"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def found(client, query: str) -> list[int]:
    response = client.get(f"{CONVERSATIONS}?{query}")
    assert response.status_code == 200
    return [row["id"] for row in response.json()["results"]]


def test_conversation_shows_what_an_inbox_needs(agent, agent_user):
    customer = CustomerFactory(name="Maria Ionescu")
    conversation = ConversationFactory(
        contact=ContactFactory(customer=customer, profile_name="Mimi"),
        status="ASSIGNED",
        assigned_to=agent_user,
        tags=["livrare"],
        unread_count=2,
        last_message_at=NOON,
        last_inbound_at=NOON,
        last_message_preview="Unde este?",
        last_message_direction="RECEIVED",
    )

    response = agent.get(f"{CONVERSATIONS}/{conversation.pk}")

    body = response.json()
    assert body == {
        "id": conversation.pk,
        "number": conversation.number_id,
        "status": "ASSIGNED",
        "priority": "NORMAL",
        "tags": ["livrare"],
        "contact": {
            "id": conversation.contact_id,
            "display_name": "Mimi",
            "phone": conversation.contact.phone,
            "username": "",
            "customer_id": customer.pk,
        },
        "customer": {"id": customer.pk, "name": "Maria Ionescu"},
        "assigned_to": {"id": agent_user.pk, "name": str(agent_user)},
        "unread_count": 2,
        "message_count": 0,
        "last_message_at": "2026-11-22T12:00:00Z",
        "last_message_preview": "Unde este?",
        "last_message_direction": "RECEIVED",
        "last_inbound_at": "2026-11-22T12:00:00Z",
        "window_closes_at": "2026-11-23T12:00:00Z",
        "waiting_since": None,
        "response_due_at": None,
        "sla_breached_at": None,
        "first_response_at": None,
        "assigned_at": None,
        "resolved_at": None,
        "archived_at": None,
        "created_at": body["created_at"],
    }


def test_window_is_counted_over_all_conversations_of_the_contact(agent):
    old = ConversationFactory(status="ARCHIVED", last_inbound_at=NOON)
    live = ConversationFactory(number=old.number, contact=old.contact, last_inbound_at=None)

    body = agent.get(f"{CONVERSATIONS}/{live.pk}").json()

    assert (body["last_inbound_at"], body["window_closes_at"]) == (None, "2026-11-23T12:00:00Z")


def test_stranger_who_never_wrote_has_no_window(agent):
    conversation = ConversationFactory(last_inbound_at=None)

    body = agent.get(f"{CONVERSATIONS}/{conversation.pk}").json()

    assert (body["window_closes_at"], body["customer"], body["assigned_to"]) == (None, None, None)


def test_last_spoken_in_comes_first(agent):
    older = ConversationFactory(last_message_at=NOON - timedelta(hours=1))
    newest = ConversationFactory(last_message_at=NOON)
    same_time = ConversationFactory(last_message_at=NOON)

    assert found(agent, "") == [same_time.pk, newest.pk, older.pk]


def test_filters_find_what_they_say(agent, agent_user):
    mine = ConversationFactory(status="ASSIGNED", assigned_to=agent_user, tags=["vip"])
    theirs = ConversationFactory(status="ASSIGNED", assigned_to=UserFactory(), unread_count=3)
    free = ConversationFactory(priority="URGENT")
    done = ConversationFactory(status="RESOLVED")

    assert found(agent, "status=OPEN&status=RESOLVED") == [done.pk, free.pk]
    assert found(agent, "assigned_to=me") == [mine.pk]
    assert found(agent, "assigned_to=none") == [done.pk, free.pk]
    assert found(agent, f"assigned_to={theirs.assigned_to_id}") == [theirs.pk]
    assert found(agent, "priority=URGENT") == [free.pk]
    assert found(agent, "tag=%23VIP") == [mine.pk]
    assert found(agent, "unread=true") == [theirs.pk]
    assert found(agent, "unread=false&assigned_to=none&status=OPEN") == [free.pk]
    assert found(agent, f"number={free.number_id}") == [done.pk, free.pk, theirs.pk, mine.pk]


def test_conversations_are_found_by_customer_and_by_order(agent):
    customer, order = CustomerFactory(), OrderFactory()
    of_customer = ConversationFactory(contact=ContactFactory(customer=customer))
    about_order = MessageFactory(order=order).conversation
    MessageFactory(conversation=about_order, order=order)

    assert found(agent, f"customer={customer.pk}") == [of_customer.pk]
    assert found(agent, f"order={order.pk}") == [about_order.pk]


@pytest.mark.parametrize(
    "words", ["popescu", "MARIA", "0722 555", "+40722555", "722555444", "anapop", "Coletul"]
)
def test_search_looks_at_names_phone_and_what_was_said(agent, words):
    contact = ContactFactory(
        phone="+40722555444",
        profile_name="Ana Popescu",
        username="anapop",
        customer=CustomerFactory(name="Maria SRL"),
    )
    wanted = ConversationFactory(contact=contact)
    MessageFactory(conversation=wanted, message_text="Unde este coletul?")
    MessageFactory(conversation=wanted, message_text="Coletul, vă rog!")
    ConversationFactory(contact=ContactFactory(phone="+40733000111", profile_name="Ion"))

    assert found(agent, f"search={words.replace('+', '%2B')}") == [wanted.pk]


@pytest.mark.parametrize("words", ["%", "_%", "xyz'--", "nimeni"])
def test_search_takes_wildcards_and_quotes_for_letters(agent, words):
    MessageFactory(message_text="Bună ziua!")

    response = agent.get(CONVERSATIONS, {"search": f"{words}{words}"})

    assert (response.status_code, response.json()["results"]) == (200, [])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=LOST", "status"),
        ("assigned_to=everybody", "assigned_to"),
        ("assigned_to=²", "assigned_to"),
        ("unread=maybe", "unread"),
        ("customer=abc", "customer"),
        ("order=1e9999999", "order"),
        ("search=a", "search"),
        ("tag=%23", "tag"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=rubbish", "cursor"),
    ],
)
def test_query_of_nonsense_is_named(agent, query, field):
    response = agent.get(f"{CONVERSATIONS}?{query}")

    assert response.status_code == 400
    assert set(response.json()["error"]["details"]["fields"]) == {field}


def test_user_id_beyond_the_database_finds_nobody(agent):
    assert found(agent, f"assigned_to={10**30}") == []


def test_thread_is_read_newest_first_by_when_it_happened(agent):
    conversation = ConversationFactory()
    late_arrival = MessageFactory(conversation=conversation, happened_at=NOON)
    early = MessageFactory(conversation=conversation, happened_at=NOON - timedelta(minutes=5))
    MessageFactory()

    response = agent.get(f"{CONVERSATIONS}/{conversation.pk}/messages")

    assert [row["id"] for row in response.json()["results"]] == [late_arrival.pk, early.pk]


@pytest.mark.parametrize("list_of", ["messages", "notes"])
def test_list_of_a_conversation_that_does_not_exist_is_not_found(agent, list_of):
    assert agent.get(f"{CONVERSATIONS}/404/{list_of}").status_code == 404


def test_inbox_asks_as_much_for_many_conversations_as_for_one(agent, django_assert_num_queries):
    for _ in range(10):
        contact = ContactFactory(customer=CustomerFactory())
        ConversationFactory(contact=contact, assigned_to=UserFactory())

    with django_assert_num_queries(5):  # the user, what they may, the page, customers, agents
        body = agent.get(CONVERSATIONS).json()

    assert len(body["results"]) == 10
