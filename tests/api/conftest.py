"""Clients of the API, each with a real token of its user."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from tests.factories import ContactFactory, ConversationFactory, MessageFactory, UserFactory
from whatsapp.models import Conversation, ConversationNote, Media

ClientOf = Callable[..., APIClient]
VEILED = "+40712345689"


@pytest.fixture
def client_of(db) -> ClientOf:
    """A client that carries the user's token; other claims may be added to it."""

    def signed_in(user, **claims) -> APIClient:
        token = AccessToken.for_user(user)
        token.payload.update(claims)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return client

    return signed_in


@pytest.fixture
def anonymous(db) -> APIClient:
    return APIClient()


@pytest.fixture
def stranger(client_of) -> APIClient:
    """Signed in, without any permission."""
    return client_of(UserFactory())


@pytest.fixture
def agent_user(db):
    # with the role too: this host puts people into groups by it, whenever they are saved
    return UserFactory(agent=True, role="user")


@pytest.fixture
def agent(client_of, agent_user) -> APIClient:
    return client_of(agent_user)


@pytest.fixture
def supervisor(client_of) -> APIClient:
    return client_of(UserFactory(supervisor=True))


@pytest.fixture
def talk() -> Conversation:
    return ConversationFactory()


@pytest.fixture
def blind(client_of, agent_user):
    """An agent from whose role the permission to see phone numbers was taken."""
    agent_user.groups.get().permissions.remove(Permission.objects.get(codename="view_phone"))
    return client_of(agent_user)


@pytest.fixture
def phoned():
    """A conversation with the customer's number wherever one may stand."""
    contact = ContactFactory(phone=VEILED, wa_id=VEILED[1:], profile_name="")
    conversation = ConversationFactory(contact=contact, last_message_preview=f"Sunt {VEILED}")
    message = MessageFactory(
        conversation=conversation,
        message_text=f"Sunt la {VEILED}",
        content={"from": VEILED[1:], "text": {"body": f"Sunt la {VEILED}"}},
        external_message_id="wamid.HBgLNDA3MTIzNDU2ODkVAgA=",
    )
    Media.objects.create(number=message.number, message=message, filename=f"{VEILED}.pdf")
    ConversationNote.objects.create(conversation=conversation, text=f"Sunați la {VEILED}")
    return conversation
