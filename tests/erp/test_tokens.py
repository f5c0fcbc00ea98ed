"""Guessing passwords comes to an end; a refresh token is good for one use."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
TOKEN = "/api/v1/auth/token"


@pytest.fixture
def ana():
    user = UserFactory(username="ana", agent=True)
    user.set_password("o-parola-lunga")
    user.save()
    return user


def ask(client: APIClient, *, username: str = "ana", password: str = "ghicit", **more):
    body = {"username": username, "password": password}
    return client.post(TOKEN, body, format="json", **more)


def test_account_is_guarded_whatever_the_address(settings, ana):
    settings.TOKENS_PER_ACCOUNT = "3/d"
    client = APIClient()

    tries = [ask(client, REMOTE_ADDR=f"10.0.0.{n}", username=" Ana ") for n in range(4)]

    assert [one.status_code for one in tries] == [401, 401, 401, 429]
    assert int(tries[3]["Retry-After"]) > 0
    right = ask(client, password="o-parola-lunga", REMOTE_ADDR="10.0.0.9")
    assert right.status_code == 429


def test_address_is_guarded_whatever_the_account(settings, ana):
    settings.TOKENS_PER_ADDRESS = "3/d"
    client = APIClient()

    tries = [ask(client, username=f"user{n}", HTTP_X_FORWARDED_FOR=f"10.9.9.{n}") for n in range(4)]

    assert [one.status_code for one in tries] == [401, 401, 401, 429]
    assert ask(client, password="o-parola-lunga", REMOTE_ADDR="10.0.0.9").status_code == 200


def test_without_the_cache_people_can_log_in(settings, ana, dead_cache):
    settings.TOKENS_PER_ACCOUNT = "1/d"

    tries = [ask(APIClient(), password="o-parola-lunga") for _ in range(3)]

    assert [one.status_code for one in tries] == [200] * 3


def test_used_refresh_token_is_refused_and_so_is_an_access_token(ana):
    client = APIClient()
    first = ask(client, password="o-parola-lunga").json()

    second = client.post(f"{TOKEN}/refresh", {"refresh": first["refresh"]}, format="json")
    again = client.post(f"{TOKEN}/refresh", {"refresh": first["refresh"]}, format="json")
    wrong = client.post(f"{TOKEN}/refresh", {"refresh": first["access"]}, format="json")

    assert second.status_code == 200
    assert second.json()["refresh"] != first["refresh"]
    assert (again.status_code, again.json()["detail"]) == (401, "Token is blacklisted")
    assert wrong.status_code == 401
    next_one = client.post(f"{TOKEN}/refresh", {"refresh": second.json()["refresh"]}, format="json")
    assert next_one.status_code == 200


@pytest.mark.parametrize("body", ["[1]", "7", '"x"', "{", '{"username": {"a": 1}}'])
def test_body_nobody_could_mean_is_no_fault_of_ours(body):
    response = APIClient().post(TOKEN, body, content_type="application/json")

    assert response.status_code == 400
