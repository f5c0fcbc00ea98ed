"""Clients of the API, each with a real token of its user."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from tests.factories import ConversationFactory, UserFactory
from whatsapp.models import Conversation

ClientOf = Callable[..., APIClient]


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
