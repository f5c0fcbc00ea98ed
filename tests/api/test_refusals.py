"""How a refusal looks at every endpoint: in our own words, whatever was asked."""

from __future__ import annotations

import pytest
from django.core.signals import got_request_exception

from tests.api.doors import ROOT, call, error_of
from tests.factories import BusinessNumberFactory

pytestmark = pytest.mark.django_db


def test_token_of_rubbish_is_not_authenticated(anonymous):
    anonymous.credentials(HTTP_AUTHORIZATION="Bearer rubbish")

    response = call(anonymous, "GET", "conversations")

    assert response.status_code == 401
    assert error_of(response)["code"] == "not_authenticated"


@pytest.mark.parametrize(
    "route", ["nothing", "messages/abc", "conversations/1/explode", "templates/1/", "messages/9"]
)
def test_what_is_not_there_is_not_found_in_our_own_words(agent, route):
    response = call(agent, "GET", route)

    assert response.status_code == 404
    assert error_of(response)["code"] == "not_found"


def test_id_beyond_the_database_is_not_found(agent):
    response = call(agent, "GET", f"conversations/{10**30}")

    assert response.status_code == 404


def test_body_that_is_no_json_is_invalid(agent):
    response = call(agent, "POST", "messages/send", data="{not json")

    assert response.status_code == 400
    assert error_of(response)["code"] == "validation"


@pytest.mark.parametrize("data", ["[" * 100_000, '{"text": "\\ud800", "conversation": 1}'])
def test_body_nobody_could_mean_is_invalid(agent, data):
    response = call(agent, "POST", "messages/send", data=data)

    assert response.status_code == 400
    assert error_of(response)["code"] == "validation"


def test_form_with_a_thousand_fields_is_invalid(agent):
    response = agent.post(f"{ROOT}/messages/media", {f"f{n}": "" for n in range(1001)})

    assert response.status_code == 400
    assert error_of(response)["details"]["fields"] == {"request": ["The body cannot be read."]}


def test_form_with_an_endless_field_is_too_large(agent):
    response = agent.post(f"{ROOT}/messages/media", {"caption": "x" * 3_000_000})

    assert response.status_code == 413
    assert error_of(response)["code"] == "request_too_large"


def test_body_of_another_type_is_not_read(agent):
    response = agent.post(f"{ROOT}/messages/send", data="<a/>", content_type="text/xml")

    assert response.status_code == 415
    assert error_of(response)["code"] == "unsupported_media_type"


def test_fields_at_fault_are_named_each(agent):
    response = agent.post(f"{ROOT}/messages/template", {"send_at": "soon"}, format="json")

    assert response.status_code == 400
    error = error_of(response)
    assert error["code"] == "validation"
    assert set(error["details"]["fields"]) == {"template", "send_at"}
    assert error["details"]["fields"]["template"] == ["This field is required."]


def test_body_that_is_no_object_is_invalid(agent):
    response = call(agent, "POST", "messages/send", data="[1]")

    assert response.status_code == 400
    assert "request" in error_of(response)["details"]["fields"]


class BrokenGateway:
    """A stand-in for Meta with a bug."""

    def list_templates(self, *, credentials):
        raise RuntimeError("a bug")


def test_bug_of_ours_is_answered_in_our_own_words_logged_and_reported(settings, supervisor, caplog):
    settings.WHATSAPP = {**settings.WHATSAPP, "GATEWAY": f"{__name__}.BrokenGateway"}
    BusinessNumberFactory()
    supervisor.raise_request_exception = False
    heard: list[object] = []

    def receiver(**given):
        heard.append(given["request"])

    got_request_exception.connect(receiver)

    response = call(supervisor, "POST", "templates/sync")

    assert response.status_code == 500
    assert error_of(response)["code"] == "internal"
    assert len(heard) == 1
    assert "request failed" in caplog.text


def test_hosts_request_id_is_the_one_in_the_body(agent):
    response = call(agent, "GET", "messages/9", HTTP_X_REQUEST_ID="forged")

    assert error_of(response)["request_id"] != "forged"


def test_options_are_no_method_of_ours(agent, anonymous):
    answers = [client.options(f"{ROOT}/conversations") for client in (agent, anonymous)]

    assert [answer.status_code for answer in answers] == [405, 401]
    assert answers[0].json()["error"]["code"] == "method_not_allowed"
    assert answers[0]["Allow"] == "GET, HEAD"
