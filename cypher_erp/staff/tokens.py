"""Tokens for the API, and an end to guessing passwords."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

from whatsapp.services import rates


class GuessLimit(BaseThrottle):
    """So many tries from one address, and at one account; with the cache away, any number."""

    waits: timedelta | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        tries = [("auth-address", self.get_ident(request), settings.TOKENS_PER_ADDRESS)]
        if name := _account(request.data):
            tries.append(("auth-account", name, settings.TOKENS_PER_ACCOUNT))
        waits = [rates.hit(scope=scope, who=who, limit=limit) for scope, who, limit in tries]
        self.waits = max(filter(None, waits), default=None)
        return self.waits is None

    def wait(self) -> float | None:
        return self.waits.total_seconds() if self.waits else None


def _account(data: Any) -> str:
    """Say at whose account it is aimed, in a form that fits a cache key; '' for nobody's."""
    name = str(data.get("username") or "") if isinstance(data, Mapping) else ""
    plain = name.strip().casefold().encode(errors="replace")
    return hashlib.sha256(plain).hexdigest()[:32] if plain else ""


class CredentialsSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    password = serializers.CharField()


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField()


class PairSerializer(serializers.Serializer[Any]):
    """`access` opens the API for 15 minutes, `refresh` gets the next pair, once, within a week."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class RefusalSerializer(serializers.Serializer[Any]):
    """Why there is no token."""

    detail = serializers.CharField(required=False)
    code = serializers.CharField(required=False)


def _refusals() -> dict[int, Any]:
    words = {
        400: ("A field is missing, or the body cannot be read.", "JSON parse error"),
        401: ("Wrong name or password; a token used up or over.", "Token is blacklisted"),
        406: ("The client takes no JSON.", "Could not satisfy the request Accept header."),
        415: (
            "The body is of a type that is not read.",
            'Unsupported media type "a/b" in request.',
        ),
        429: ("Too many tries; `Retry-After` says how long to wait.", "Request was throttled."),
    }
    return {
        status: OpenApiResponse(
            RefusalSerializer,
            description=meaning,
            examples=[OpenApiExample("Refused", value={"detail": said}, response_only=True)],
        )
        for status, (meaning, said) in words.items()
    }


_ACCESS, _REFRESH = "eyJhbGciOiJIUzI1NiIs…", "eyJhbGciOiJIUzI1NiIt…"
_PAIR = {"access": _ACCESS, "refresh": _REFRESH}


class TokenView(TokenObtainPairView):
    """An access token for 15 minutes and a refresh token for a week."""

    throttle_classes = (GuessLimit,)

    @extend_schema(
        operation_id="auth_token",
        summary="Get a token",
        tags=["auth"],
        auth=[],
        request=CredentialsSerializer,
        responses={200: PairSerializer, **_refusals()},
        examples=[
            OpenApiExample(
                "An agent", value={"username": "ana", "password": "ana"}, request_only=True
            ),
            OpenApiExample("A pair", value=_PAIR, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """`Authorization: Bearer <access>` opens the API; what you may do is read at each call."""
        return super().post(request, *args, **kwargs)


class RefreshView(TokenRefreshView):
    """A new pair; the old refresh token is worth nothing from then on."""

    throttle_classes = (GuessLimit,)

    @extend_schema(
        operation_id="auth_token_refresh",
        summary="Renew a token",
        tags=["auth"],
        auth=[],
        request=RefreshSerializer,
        responses={200: PairSerializer, **_refusals()},
        examples=[
            OpenApiExample("The last one", value={"refresh": _REFRESH}, request_only=True),
            OpenApiExample("A new pair", value=_PAIR, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """Each refresh token is good for one use: a second one is refused."""
        return super().post(request, *args, **kwargs)
