"""A real Chromium, where one is installed, on a real server with real rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.threads import customer_writes
from tests.factories import UserFactory
from whatsapp.models import Conversation


@pytest.fixture
def agent(transactional_db):
    user = UserFactory(username="ana", first_name="Ana", last_name="Marinescu", agent=True)
    user.language = "en"
    user.set_password("ana")
    user.save()
    return user


@pytest.fixture
def desk(agent, live_server, browser: Browser, client) -> Iterator[Page]:
    """A page in which the agent is logged in."""
    client.force_login(agent)
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 860})
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(8000)
    yield page
    page.goto("about:blank")  # a page that closes while it loads another may hang
    context.close()


@pytest.fixture
def conversation(transactional_db) -> Conversation:
    return customer_writes("Bună ziua!")
