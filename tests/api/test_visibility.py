"""Whose conversations an agent sees: at every door alike."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from tests.api.doors import ROOT
from tests.api.lists import rows_of
from tests.factories import (
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    TemplateFactory,
    UserFactory,
)
from whatsapp.models import ConversationNote, Media, Message
from whatsapp.services.shared import visibility

pytestmark = pytest.mark.django_db
PHONE = "+40712345689"


@pytest.fixture
def own(settings) -> None:
    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "own"}


@pytest.fixture
def colleagues(own):
    """A conversation of somebody else's, with all that hangs on one."""
    conversation = ConversationFactory(
        status="ASSIGNED",
        assigned_to=UserFactory(agent=True),
        contact=ContactFactory(phone=PHONE),
    )
    conversation.message = MessageFactory(
        conversation=conversation, delivery_status="PENDING", external_message_id=None
    )
    conversation.file = Media.objects.create(
        number=conversation.number, message=conversation.message, media_id="9", state="FAILED"
    )
    ConversationNote.objects.create(conversation=conversation, text="Atenție!")
    return conversation


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("get", "conversations/{c}", None),
        ("get", "conversations/{c}/messages", None),
        ("get", "conversations/{c}/notes", None),
        ("post", "conversations/{c}/notes", {"text": "Salut"}),
        ("post", "conversations/{c}/assign", {"user_id": None}),
        ("post", "conversations/{c}/resolve", {}),
        ("post", "conversations/{c}/reopen", {}),
        ("post", "conversations/{c}/read", {}),
        ("post", "conversations/{c}/typing", {}),
        ("post", "conversations/{c}/priority", {"priority": "HIGH"}),
        ("post", "conversations/{c}/tags", {"tags": ["x"]}),
        ("get", "messages/{m}", None),
        ("post", "messages/{m}/retry", {}),
        ("post", "messages/{m}/cancel", {}),
        ("get", "media/{f}", None),
        ("get", "media/{f}/file", None),
        ("post", "media/{f}/retry", {}),
        ("post", "messages/send", {"conversation": "{c}", "text": "Bună!"}),
    ],
)
def test_colleagues_conversation_is_not_there(agent, colleagues, method, route, body):
    ids = {"c": colleagues.pk, "m": colleagues.message.pk, "f": colleagues.file.pk}
    data = json.loads(json.dumps(body).replace('"{c}"', str(colleagues.pk)))

    response = getattr(agent, method)(f"{ROOT}/{route.format(**ids)}", data, format="json")

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"
    before = (colleagues.status, colleagues.priority, colleagues.assigned_to_id)
    colleagues.refresh_from_db()
    assert (colleagues.status, colleagues.priority, colleagues.assigned_to_id) == before
    assert Message.objects.get().delivery_status == "PENDING"
    assert ConversationNote.objects.count() == 1


def test_lists_hold_what_is_nobodys_or_ones_own(agent, agent_user, colleagues):
    nobodys = MessageFactory()
    mine = MessageFactory(
        conversation=ConversationFactory(status="ASSIGNED", assigned_to=agent_user)
    )
    nowhere = MessageFactory(conversation=None, number=mine.number, contact=mine.contact)

    assert set(rows_of(agent, "conversations")) == {nobodys.conversation_id, mine.conversation_id}
    assert rows_of(agent, "messages") == [mine.pk, nobodys.pk]
    assert nowhere.pk not in rows_of(agent, "messages")
    assert rows_of(agent, f"messages?conversation={colleagues.pk}") == []
    assert rows_of(agent, f"media?conversation={colleagues.pk}") == []


def test_supervisor_sees_all_and_so_does_everybody_by_default(
    settings, agent, supervisor, colleagues
):
    assert rows_of(supervisor, "conversations") == [colleagues.pk]

    settings.WHATSAPP = {**settings.WHATSAPP, "AGENTS_SEE": "all"}

    assert rows_of(agent, "conversations") == [colleagues.pk]


def test_what_was_given_away_is_shown_once_more_and_then_gone(agent, own):
    conversation = ConversationFactory()
    colleague = UserFactory(agent=True)

    given = agent.post(
        f"{ROOT}/conversations/{conversation.pk}/assign", {"user_id": colleague.pk}, format="json"
    )
    after = agent.get(f"{ROOT}/conversations/{conversation.pk}")

    assert (given.status_code, after.status_code) == (200, 404)
    assert given.json()["assigned_to"]["id"] == colleague.pk


@pytest.mark.parametrize("to", ["phone_number", "contact"])
def test_no_way_around_by_phone_or_contact(agent, colleagues, to):
    TemplateFactory()
    value = PHONE if to == "phone_number" else colleagues.contact_id
    parameters = {"customer": "Ana", "order_number": "C-1"}

    response = agent.post(
        f"{ROOT}/messages/template",
        {to: value, "template": "order_shipped", "parameters": parameters},
        format="json",
    )

    assert response.status_code == 422
    assert response.json()["error"]["details"] == {"reason": "colleagues_conversation"}
    assert Message.objects.count() == 1


def test_desk_hides_it_too(client, agent_user, colleagues):
    client.force_login(agent_user)
    pk = colleagues.pk
    pages = [
        reverse("admin:whatsapp_conversation_change", args=[pk]),
        reverse("admin:whatsapp_desk_news", args=[pk]),
        reverse("admin:whatsapp_desk_older", args=[pk, colleagues.message.pk]),
        reverse("admin:whatsapp_desk_file", args=[pk, colleagues.file.pk]),
    ]
    resolve = reverse("admin:whatsapp_desk_resolve", args=[pk])

    assert [client.get(page).status_code for page in pages] == [404] * 4
    assert client.post(resolve).status_code == 404
    inbox = client.get(reverse("admin:whatsapp_conversation_changelist"))
    assert f"/conversation/{pk}/" not in inbox.content.decode()
    assert [box.count for box in inbox.context["boxes"] if box.name == "active"] == [0]
    for model in ("message", "media"):
        page = client.get(reverse(f"admin:whatsapp_{model}_changelist"))
        assert list(page.context["cl"].result_list) == []


def test_others_may_ask_which_conversations_somebody_sees(agent_user, colleagues):
    nobodys = ConversationFactory()

    assert list(visibility.visible_conversations(user=agent_user)) == [nobodys]
