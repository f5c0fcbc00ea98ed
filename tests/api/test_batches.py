"""Many templates in one call: a result for each, in order, and all of them once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    TemplateFactory,
    UserFactory,
)
from whatsapp.models import IdempotencyKey, Message, OutboxItem

pytestmark = pytest.mark.django_db
BATCH = "/api/v1/whatsapp/messages/batch"
WORDS = {"customer": "Ana", "order_number": "C-2026-00042"}


@pytest.fixture
def shop(db):
    TemplateFactory()
    return BusinessNumberFactory()


def item(phone: str = "+40712000001", **more) -> dict:
    return {"phone_number": phone, "parameters": WORDS, **more}


def batch(client, *items, key: str | None = None, **more):
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    body = {"template": "order_shipped", "messages": list(items), **more}
    return client.post(BATCH, body, format="json", **headers)


def test_each_gets_a_result_in_order(agent, agent_user, shop):
    stranger = ContactFactory(phone="+40712000009", marketing_consent=False)

    response = batch(
        agent,
        item("0712 000 001"),
        item("0712"),
        {"contact": stranger.pk, "parameters": WORDS},
        item("+40712000001"),
        item("+40712000002", parameters={"customer": "Ion"}),
        {"contact": 999_999, "parameters": WORDS},
    )

    body = response.json()
    assert response.status_code == 202
    assert (body["accepted"], body["refused"]) == (2, 4)
    errors = [one["error"] and one["error"]["code"] for one in body["results"]]
    assert errors == [
        None,
        "invalid_phone",
        None,
        "duplicate",
        "template_validation",
        "not_found",
    ]
    ids = [one["message"] for one in body["results"]]
    assert ids[1] is ids[3] is ids[4] is ids[5] is None
    rows = Message.objects.in_bulk([ids[0], ids[2]])
    assert rows[ids[0]].phone_number == "+40712000001"
    assert rows[ids[2]].contact_id == stranger.pk
    assert {row.user_id for row in rows.values()} == {agent_user.pk}
    assert OutboxItem.objects.count() == 2
    assert body["results"][1]["error"]["details"]["reason"] == "too_short"


def test_five_hundred_cost_no_more_queries_than_two(agent, shop):
    with CaptureQueriesContext(
        connection,
    ) as few:
        batch(agent, item("+40712000001"), item("+40712000002"))
    with CaptureQueriesContext(connection) as many:
        response = batch(agent, *(item(f"+4071200{n:04d}") for n in range(100, 600)))

    assert response.json()["accepted"] == 500
    assert len(many) <= len(few) + 2


def test_more_than_five_hundred_are_too_many(agent, shop):
    response = batch(agent, *(item(f"+4071200{n:04d}") for n in range(501)))

    assert response.status_code == 400
    assert "messages" in response.json()["error"]["details"]["fields"]
    assert not Message.objects.exists()


def test_item_at_fault_is_named_by_its_place(agent, shop):
    response = batch(agent, item(), {"phone_number": "+40712000002", "contact": "x"})

    faults = response.json()["error"]["details"]["fields"]["messages"]
    assert list(faults) == ["1"]
    assert list(faults["1"]) == ["contact"]


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ([], "messages"),
        ([{"phone_number": 7, "parameters": "x"}], "messages"),
        ([{"phone_number": "+40712000001", "status": "READ"}], "messages"),
    ],
)
def test_what_is_no_batch_is_refused_whole(agent, shop, items, field):
    response = batch(agent, *items)

    assert response.status_code == 400
    assert field in response.json()["error"]["details"]["fields"]
    assert not Message.objects.exists()


def test_template_that_cannot_be_sent_refuses_all(agent, shop):
    response = batch(agent, item(), template="nothing")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_same_key_is_the_same_batch_and_another_body_a_conflict(agent, shop):
    first = batch(agent, item(), item("0712"), key="b-1")

    again = batch(agent, item(), item("0712"), key="b-1")
    other = batch(agent, item("+40712000002"), key="b-1")

    assert again.json() == first.json()
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert Message.objects.count() == 1


def test_batch_nobody_was_accepted_of_leaves_the_key_free(agent, shop):
    first = batch(agent, item("0712"), key="b-1")
    assert first.json()["accepted"] == 0
    assert not IdempotencyKey.objects.exists()

    mended = batch(agent, item(), key="b-1")

    assert mended.json()["accepted"] == 1


def test_colleagues_conversation_is_left_alone(settings, agent, shop):
    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}
    ConversationFactory(
        contact=ContactFactory(phone="+40712000002"), assigned_to=UserFactory(agent=True)
    )

    response = batch(agent, item("+40712000001"), item("+40712000002"))

    refused = response.json()["results"][1]["error"]
    assert (refused["code"], refused["details"]) == (
        "message_not_deliverable",
        {"reason": "colleagues_conversation"},
    )
    assert Message.objects.count() == 1


def refusals(response) -> list:
    assert response.status_code == 202
    return [one["error"] and one["error"]["code"] for one in response.json()["results"]]


def test_conversation_is_an_address_as_in_a_single_send(agent, shop):
    row = ConversationFactory(number=shop, contact=ContactFactory(phone="+40712000001"))

    response = batch(
        agent,
        {"conversation": row.pk, "parameters": WORDS},
        item("+40712000001"),
        {"contact": row.contact_id, "parameters": WORDS},
    )

    assert refusals(response) == [None, "duplicate", "duplicate"]
    message = Message.objects.get()
    assert (message.conversation_id, message.phone_number) == (row.pk, "+40712000001")


def test_conversation_that_cannot_be_written_to_is_refused_as_a_single_send_would(agent, shop):
    archived = ConversationFactory(number=shop, status="ARCHIVED")
    other = BusinessNumberFactory(phone_number_id="106540352242999", is_default=False)
    elsewhere = ConversationFactory(number=other)

    def single(pk: int) -> dict:
        body = {"conversation": pk, "template": "order_shipped", "parameters": WORDS}
        return agent.post("/api/v1/whatsapp/messages/template", body, format="json").json()["error"]

    response = batch(
        agent,
        {"conversation": archived.pk, "parameters": WORDS},
        {"conversation": 999_999, "parameters": WORDS},
        {"conversation": elsewhere.pk, "parameters": WORDS},
        number=shop.pk,
    )

    errors = [one["error"] for one in response.json()["results"]]
    for error, pk in zip(errors, (archived.pk, 999_999), strict=False):
        alone = single(pk)
        assert error == {name: alone[name] for name in ("code", "message", "details")}
    assert errors[0]["details"] == {"reason": "archived"}
    assert errors[2]["code"] == "validation"
    assert errors[2]["details"] == {"field": "conversation", "number": elsewhere.number_id}
    assert not Message.objects.exists()


def test_two_addresses_are_one_too_many(agent, shop):
    row = ConversationFactory(number=shop)

    response = batch(
        agent,
        item("+40712000001", conversation=row.pk),
        {"contact": row.contact_id, "conversation": row.pk, "parameters": WORDS},
    )

    assert refusals(response) == ["validation", "validation"]
    assert not Message.objects.exists()


def test_colleagues_conversation_is_not_there(settings, agent, agent_user, supervisor, shop):
    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}
    theirs = ConversationFactory(number=shop, assigned_to=UserFactory(agent=True))
    mine = ConversationFactory(number=shop, assigned_to=agent_user)
    nobodys = ConversationFactory(number=shop)
    items = [{"conversation": row.pk, "parameters": WORDS} for row in (theirs, mine, nobodys)]

    response = batch(agent, *items)

    assert refusals(response) == ["not_found", None, None]
    assert response.json()["results"][0]["error"]["details"] == {"field": "conversation"}
    assert set(Message.objects.values_list("conversation", flat=True)) == {mine.pk, nobodys.pk}
    assert refusals(batch(supervisor, items[0])) == [None]


def test_conversation_whose_contact_was_merged_away_leads_to_the_one_that_goes_on(agent, shop):
    kept = ConversationFactory(number=shop)
    ended = ConversationFactory(
        number=shop,
        status="ARCHIVED",
        contact=ContactFactory(phone=None, wa_id=None, bsuid="RO.1", merged_into=kept.contact),
    )

    response = batch(
        agent,
        {"conversation": ended.pk, "parameters": WORDS},
        {"conversation": kept.pk, "parameters": WORDS},
    )

    assert refusals(response) == [None, "duplicate"]
    assert Message.objects.get().conversation_id == kept.pk


def test_many_conversations_cost_no_more_queries_than_two(agent, shop):
    def items(count: int) -> list[dict]:
        rows = [ConversationFactory(number=shop) for _ in range(count)]
        return [{"conversation": row.pk, "parameters": WORDS} for row in rows]

    two, many = items(2), items(40)
    with CaptureQueriesContext(connection) as few:
        batch(agent, *two)
    with CaptureQueriesContext(connection) as more:
        response = batch(agent, *many)

    assert response.json()["accepted"] == 40
    assert len(more) <= len(few)


@pytest.mark.django_db(transaction=True)
def test_clients_racing_under_one_key_make_one_batch():
    TemplateFactory()
    BusinessNumberFactory()
    user = UserFactory(agent=True)
    token = str(AccessToken.for_user(user))
    barrier = Barrier(4)

    def post() -> tuple[int, list[int]]:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        barrier.wait()
        try:
            response = batch(client, *(item(f"+4071200{n:04d}") for n in range(20)), key="b-1")
            return response.status_code, [one["message"] for one in response.json()["results"]]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: post(), range(4)))

    assert {status for status, _ in answers} == {202}
    assert len({tuple(ids) for _, ids in answers}) == 1
    assert Message.objects.count() == 20
    assert get_user_model().objects.filter(pk=user.pk).exists()
