"""What tests of every door of the API share."""

from __future__ import annotations

from rest_framework.test import APIClient

ROOT = "/api/v1/whatsapp"


def call(client: APIClient, method: str, route: str, rows: dict[str, int] | None = None, **given):
    path = f"{ROOT}/{route.format(**(rows or {}))}"
    return client.generic(method, path, content_type="application/json", **given)


def error_of(response) -> dict:
    """The error, after checking that the body holds nothing else and the header names the id."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details", "request_id"}
    assert response["X-Request-ID"] == body["error"]["request_id"] != ""
    return body["error"]
