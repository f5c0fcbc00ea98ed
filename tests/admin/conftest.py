"""Browsers of the people who meet in the admin, and the addresses of the desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import UserFactory


def browser_of(**given) -> Client:
    client = Client()
    client.user = UserFactory(language="en", **given)
    client.force_login(client.user)
    return client


@pytest.fixture
def agent(db) -> Client:
    return browser_of(username="ana", first_name="Ana", last_name="Marinescu", agent=True)


@pytest.fixture
def supervisor(db) -> Client:
    return browser_of(username="corina", supervisor=True)


@pytest.fixture
def outsider(db) -> Client:
    """Staff of the ERP without a role on WhatsApp."""
    return browser_of(username="dan")


@pytest.fixture
def at() -> Callable[..., str]:
    """The desk's addresses: ``at("reply", conversation)``."""

    def address(name, *rows) -> str:
        return reverse(f"admin:whatsapp_{name}", args=[row.pk for row in rows])

    return address


@pytest.fixture
def htmx() -> dict[str, str]:
    """As the page itself asks."""
    return {"HX-Request": "true"}
