"""Tokens that are not ours, and what opens no door without them."""

from __future__ import annotations

import base64
import uuid
from datetime import timedelta

import jwt
import pytest
from django.conf import settings as host
from django.contrib.auth import get_user_model
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from tests.api.doors import ROOT
from tests.factories import UserFactory
from whatsapp.models import Message

pytestmark = pytest.mark.django_db
REFRESH = "/api/v1/auth/token/refresh"


def bearer(token: object) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def forged(user, *, key: str, algorithm: str, **claims) -> str:
    now = timezone.now()
    body = {
        "token_type": "access",
        "exp": now + timedelta(minutes=5),
        "iat": now,
        "jti": uuid.uuid4().hex,
        "user_id": str(user.pk),
        **claims,
    }
    return jwt.encode(body, key, algorithm=algorithm)


def unsigned(user) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    signed = forged(user, key=host.SECRET_KEY, algorithm="HS256")
    return f"{head}.{signed.split('.')[1]}."


TOKENS = {
    "unsigned": unsigned,
    "another key": lambda user: forged(user, key="guessed" * 8, algorithm="HS256"),
    "another algorithm": lambda user: forged(user, key=host.SECRET_KEY, algorithm="HS512"),
    "over": lambda user: forged(
        user, key=host.SECRET_KEY, algorithm="HS256", exp=timezone.now() - timedelta(seconds=1)
    ),
    "without an end": lambda user: forged(user, key=host.SECRET_KEY, algorithm="HS256", exp=None),
    "of a refresh": RefreshToken.for_user,
    "of nobody": lambda user: forged(
        user, key=host.SECRET_KEY, algorithm="HS256", user_id="999999999"
    ),
    "cut": lambda user: str(AccessToken.for_user(user))[:-4],
    "empty": lambda user: "",
    "endless": lambda user: "x" * 20_000,
}


@pytest.mark.parametrize("made", TOKENS.values(), ids=TOKENS.keys())
def test_token_that_is_not_ours_opens_nothing(made, talk):
    user = UserFactory(supervisor=True)

    response = bearer(made(user)).post(f"{ROOT}/conversations/{talk.pk}/resolve")

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_authenticated"
    talk.refresh_from_db()
    assert talk.status == "OPEN"


def test_token_like_ours_opens_the_door(talk):
    # the forger's tools make a good token too: what is refused above is refused for its fault
    token = forged(UserFactory(supervisor=True), key=host.SECRET_KEY, algorithm="HS256")

    assert bearer(token).post(f"{ROOT}/conversations/{talk.pk}/resolve").status_code == 200


def test_blacklisted_refresh_token_gives_no_access():
    token = RefreshToken.for_user(UserFactory(agent=True))
    token.blacklist()

    response = APIClient().post(REFRESH, {"refresh": str(token)}, format="json")

    assert response.status_code == 401


def test_refresh_token_of_who_left_gives_no_access():
    user = UserFactory(agent=True)
    token = RefreshToken.for_user(user)
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)

    response = APIClient().post(REFRESH, {"refresh": str(token)}, format="json")

    assert response.status_code == 401


@pytest.mark.parametrize("route", ["messages/send", "messages/batch", "conversations/{c}/resolve"])
def test_session_without_csrf_token_sends_nothing(agent_user, talk, route):
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(agent_user)
    body = {"conversation": talk.pk, "text": "Bună!"}

    response = browser.post(f"{ROOT}/{route.format(c=talk.pk)}", body, format="json")

    assert response.status_code == 403
    assert not Message.objects.exists()
