"""What holds for every endpoint: who may enter, and both spellings of a path."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from tests.api.doors import call, error_of
from tests.factories import (
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    TemplateFactory,
    UserFactory,
)
from whatsapp.domain.updates import Person
from whatsapp.models import (
    ContactMerge,
    Conversation,
    Media,
    OrderNotice,
    SignalFailure,
    WebhookEvent,
)
from whatsapp.services.contacts import people

pytestmark = pytest.mark.django_db

READS = [
    "messages",
    "messages/{message}",
    "conversations",
    "conversations/{conversation}",
    "conversations/{conversation}/messages",
    "conversations/{conversation}/notes",
    "templates",
    "templates/{template}",
    "stats",
    "media",
    "media/{media}",
    "order-notices",
    "order-notices/{notice}",
]
AGENTS_MAY = [
    ("POST", "messages/send"),
    ("POST", "messages/template"),
    ("POST", "messages/media"),
    ("POST", "messages/interactive"),
    ("POST", "messages/location"),
    ("POST", "messages/contacts"),
    ("POST", "messages/reaction"),
    ("POST", "messages/document"),
    ("POST", "messages/{message}/retry"),
    ("POST", "messages/{message}/cancel"),
    ("POST", "conversations/{conversation}/assign"),
    ("POST", "conversations/{conversation}/resolve"),
    ("POST", "conversations/{conversation}/reopen"),
    ("POST", "conversations/{conversation}/read"),
    ("POST", "conversations/{conversation}/typing"),
    ("POST", "conversations/{conversation}/priority"),
    ("POST", "conversations/{conversation}/tags"),
    ("POST", "conversations/{conversation}/notes"),
    ("POST", "templates/{template}/preview"),
    ("POST", "media/{media}/retry"),
    ("POST", "order-notices/{notice}/retry"),
]
SUPERVISORS_MAY = [
    ("POST", "conversations/{conversation}/archive"),
    ("POST", "templates"),
    ("PUT", "templates/{template}"),
    ("PATCH", "templates/{template}"),
    ("DELETE", "templates/{template}"),
    ("POST", "templates/{template}/submit"),
    ("POST", "templates/sync"),
    ("GET", "webhook-events"),
    ("GET", "webhook-events/{event}"),
    ("POST", "webhook-events/{event}/replay"),
    ("GET", "contact-merges"),
    ("GET", "contact-merges/{merge}"),
    ("POST", "contact-merges/{merge}/undo"),
    ("GET", "signal-failures"),
    ("GET", "signal-failures/{failure}"),
    ("POST", "signal-failures/{failure}/retry"),
]
EVERYTHING = [*(("GET", route) for route in READS), *AGENTS_MAY, *SUPERVISORS_MAY]


@pytest.fixture
def rows(outside) -> dict[str, int]:
    message = MessageFactory()
    ContactFactory(phone=None, wa_id=None, bsuid="RO.1")
    shown = Person(wa_id=message.contact.wa_id or "", bsuid="RO.1")
    people.contact_for(person=shown)
    merge = ContactMerge.objects.get()
    return {
        "message": message.pk,
        "conversation": message.conversation_id,
        "template": TemplateFactory(status="DRAFT").pk,
        "media": Media.objects.create(number=message.number, media_id="9", state="FAILED").pk,
        "notice": OrderNotice.objects.create(event="order_confirmed", decision="failed").pk,
        "event": WebhookEvent.objects.create(idempotency_key="x", payload="{}").pk,
        "merge": merge.pk,
        "failure": SignalFailure.objects.create(
            signal="message_sent", receiver="shop.take", ids={"message_ids": [7]}
        ).pk,
    }


@pytest.mark.parametrize(("method", "route"), EVERYTHING)
def test_nobody_enters_without_a_token(anonymous, rows, method, route):
    response = call(anonymous, method, route, rows)

    assert response.status_code == 401
    assert error_of(response)["code"] == "not_authenticated"
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(("method", "route"), EVERYTHING)
def test_user_without_permission_is_refused_everywhere(stranger, rows, method, route):
    response = call(stranger, method, route, rows)

    assert response.status_code == 403
    assert error_of(response)["code"] == "permission_denied"


@pytest.mark.parametrize(("method", "route"), SUPERVISORS_MAY)
def test_agent_is_refused_what_supervisors_may(agent, rows, method, route):
    response = call(agent, method, route, rows)

    assert response.status_code == 403


@pytest.mark.parametrize(("method", "route"), EVERYTHING)
def test_supervisor_is_refused_nothing(supervisor, rows, method, route):
    response = call(supervisor, method, route, rows)

    assert response.status_code not in (401, 403, 404, 405)


def test_forged_role_in_the_token_grants_nothing(client_of, rows):
    forger = client_of(UserFactory(), role="admin", is_superuser=True, groups=["WhatsApp agents"])

    response = call(forger, "POST", "conversations/{conversation}/resolve", rows)

    assert response.status_code == 403
    assert Conversation.objects.get().status == "OPEN"


def test_permission_taken_away_ends_at_the_next_request(agent, agent_user):
    before = call(agent, "GET", "conversations")
    agent_user.groups.clear()

    after = call(agent, "GET", "conversations")

    assert (before.status_code, after.status_code) == (200, 403)


def test_user_who_left_is_refused_with_a_token_still_valid(agent, agent_user):
    agent_user.is_active = False
    agent_user.save()

    response = call(agent, "GET", "conversations")

    assert response.status_code == 401
    assert error_of(response)["message"] == "User is inactive"


def test_session_of_the_admin_is_enough_to_read(agent_user):
    browser = APIClient()
    browser.force_login(agent_user)

    response = call(browser, "GET", "conversations")

    assert response.status_code == 200


def test_session_without_a_csrf_token_changes_nothing(agent_user):
    conversation = ConversationFactory()
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(agent_user)

    response = call(browser, "POST", f"conversations/{conversation.pk}/resolve")

    assert response.status_code == 403
    assert error_of(response)["code"] == "permission_denied"
    conversation.refresh_from_db()
    assert conversation.status == "OPEN"


@pytest.mark.parametrize("route", [*READS, "health"])
def test_trailing_slash_makes_no_difference(supervisor, rows, route):
    without = call(supervisor, "GET", route, rows)
    with_it = call(supervisor, "GET", f"{route}/", rows)

    assert (without.status_code, with_it.status_code) == (200, 200)
    assert without.json().keys() == with_it.json().keys()


def test_trailing_slash_makes_no_difference_to_a_post(agent):
    conversation = ConversationFactory()

    response = call(agent, "POST", f"conversations/{conversation.pk}/resolve/")

    assert response.json()["status"] == "RESOLVED"


def test_wrong_method_is_named(agent, rows):
    response = call(agent, "DELETE", "messages/{message}", rows)

    assert response.status_code == 405
    assert error_of(response)["code"] == "method_not_allowed"
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("route", [*READS, "health", "nothing"])
def test_disabled_module_answers_404_to_everybody(settings, supervisor, rows, route):
    settings.WHATSAPP = {**settings.WHATSAPP, "ENABLED": False}

    response = call(supervisor, "GET", route, rows)

    assert response.status_code == 404
    assert error_of(response)["code"] == "not_found"
